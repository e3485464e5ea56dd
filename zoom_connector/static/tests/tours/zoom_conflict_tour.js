/** @odoo-module **/

import {registry} from "@web/core/registry";

const row = (label) => `.o_data_row:has(.o_data_cell:contains('${label}'))`;

/** The host is told on his event that somebody decides, compares both sides and chooses. */
registry.category("web_tour.tours").add("zoom_conflict", {
    steps: () => [
        {trigger: ".o_zoom_conflict button[name='action_zoom_conflict']", run: "click"},
        {trigger: ".o_form_view .o_data_cell:contains('Topic from Odoo')"},
        {trigger: ".o_form_view .o_data_cell:contains('Topic from Zoom')"},
        {trigger: ".o_form_view .o_data_cell:contains('Example project kick-off')"},
        {trigger: `${row("Topic")} input[data-value='zoom']`, run: "click"},
        {trigger: `${row("Agenda")} input[data-value='odoo']`, run: "click"},
        {trigger: ".o_form_view button[name='action_apply']", run: "click"},
        {trigger: ".o_arrow_button_current:contains('Decided')"},
        {trigger: ".o_form_view .o_stat_text:contains('Calendar')", run: "click"},
        {trigger: ".o_form_view .o_field_widget[name='name'] :value(Topic from Zoom)"},
        {trigger: ".o_form_view:not(:has(.o_zoom_conflict))"},
    ],
});

/** A manager finds what rules decided, and all conflicts, in the menu. */
registry.category("web_tour.tours").add("zoom_conflict_list", {
    steps: () => [
        {trigger: ".o_navbar_apps_menu button", run: "click"},
        {trigger: ".o_app[data-menu-xmlid='zoom_connector.menu_zoom_root']", run: "click"},
        {trigger: "[data-menu-xmlid='zoom_connector.menu_zoom_conflicts']", run: "click"},
        {trigger: ".o_list_view .o_data_cell:contains('Topic, Agenda')", run: "click"},
        {trigger: ".o_form_view button[name='action_keep_odoo']", run: "click"},
        {trigger: ".o_arrow_button_current:contains('Decided')"},
        {trigger: ".o_form_view .o_data_cell:contains('By a person')"},
    ],
});
