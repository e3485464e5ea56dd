/** @odoo-module **/

import {Component, onMounted, onWillUnmount, xml} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

const EVERY_MS = 3000;

/** Reads the record again every few seconds, as long as it is shown: for pages with background work. */
export class ZoomRefresh extends Component {
    static template = xml`<span/>`;
    static props = {...standardWidgetProps};

    setup() {
        onMounted(() => {
            this.timer = setInterval(() => this.refresh(), EVERY_MS);
        });
        onWillUnmount(() => clearInterval(this.timer));
    }

    async refresh() {
        // Not in a background tab, and never over what somebody is typing.
        if (!document.hidden && !(await this.props.record.isDirty())) {
            await this.props.record.load();
        }
    }
}

registry.category("view_widgets").add("zoom_refresh", {component: ZoomRefresh});
