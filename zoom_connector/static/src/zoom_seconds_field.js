/** @odoo-module **/

import {Component, xml} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** Shows a number of seconds as hours, minutes and seconds: 1:02:05. */
export function formatSeconds(value) {
    const seconds = Math.max(0, Math.round(Number(value) || 0));
    const two = (part) => String(part).padStart(2, "0");
    return `${Math.floor(seconds / 3600)}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
}

class ZoomSecondsField extends Component {
    static template = xml`<span t-out="text"/>`;
    static props = {...standardFieldProps};

    get text() {
        return formatSeconds(this.props.record.data[this.props.name]);
    }
}

registry.category("fields").add("zoom_seconds", {
    component: ZoomSecondsField,
    supportedTypes: ["integer", "float"],
});
registry.category("formatters").add("zoom_seconds", formatSeconds);
