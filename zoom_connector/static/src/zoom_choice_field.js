/** @odoo-module **/

import {radioField} from "@web/views/fields/radio/radio_field";
import {registry} from "@web/core/registry";

/** Radio buttons that can be used in every row of a list, not only in the row being edited. */
export const zoomChoiceField = {
    ...radioField,
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...radioField.extractProps(fieldInfo, dynamicInfo),
        readonly: dynamicInfo.readonly,
    }),
};

registry.category("fields").add("zoom_choice", zoomChoiceField);
