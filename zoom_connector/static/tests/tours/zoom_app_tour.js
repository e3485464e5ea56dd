/** @odoo-module **/

import {registry} from "@web/core/registry";

const menu = (xmlid) => `[data-menu-xmlid="zoom_connector.${xmlid}"]`;
const open = (xmlid) => ({trigger: `.o_menu_sections ${menu(xmlid)}`, run: "click"});

/** A manager walks through the whole app: every screen shows its records. */
registry.category("web_tour.tours").add("zoom_app", {
    url: "/odoo",
    steps: () => [
        {trigger: ".o_navbar_apps_menu button", run: "click"},
        {trigger: `.o_app${menu("menu_zoom_root")}`, run: "click"},
        {trigger: ".o_kanban_record:contains('Tour account') a:contains('meetings')", run: "click"},
        {trigger: ".o_list_view .o_data_cell:contains('Example project kick-off')", run: "click"},
        {trigger: ".o_form_view .o_stat_text:contains('Times Held')"},
        {trigger: ".o_form_view button[name='action_open_participants']", run: "click"},
        {trigger: ".o_list_view .o_data_cell:contains('Bob User')", run: "click"},
        {trigger: ".o_form_view .o_field_widget[name='duration']:contains('0:56:26')"},
        open("menu_zoom_attendance_root"),
        {trigger: `.o-dropdown--menu ${menu("menu_zoom_instances")}`, run: "click"},
        {trigger: ".o_list_view .o_data_cell:contains('Example project kick-off')", run: "click"},
        {trigger: ".o_form_view .o_zoom_timeline_name:contains('Gia Guest')"},
        {trigger: ".o_form_view .o_zoom_timeline_track[aria-label*='Bob User'] .o_zoom_timeline_bar"},
        {trigger: ".o_form_view .nav-link:contains('People')", run: "click"},
        {trigger: ".o_form_view .o_data_cell:contains('Gia Guest')"},
        {trigger: ".o_form_view .nav-link:contains('Recordings')", run: "click"},
        {trigger: ".o_form_view .tab-pane.active .o_data_cell:contains('Video')"},
        open("menu_zoom_recordings"),
        {trigger: `.o-dropdown--menu ${menu("menu_zoom_recording_files")}`, run: "click"},
        {trigger: ".o_list_view .o_data_cell:contains('187.3 MB')"},
        open("menu_zoom_configuration"),
        {trigger: `.o-dropdown--menu ${menu("menu_zoom_users")}`, run: "click"},
        {trigger: ".o_list_view .o_data_cell:contains('Ada Host')"},
        open("menu_zoom_configuration"),
        {trigger: `.o-dropdown--menu ${menu("menu_zoom_accounts")}`, run: "click"},
        {trigger: ".o_list_view .o_data_cell:contains('Tour account')", run: "click"},
        {trigger: ".o_form_view .o_zoom_status:contains('Webhook address')"},
        {trigger: ".o_form_view .o_field_widget[name='webhook_url']:contains('/zoom/webhook/event/')"},
        {trigger: ".o_form_view button[name='action_connect']:contains('Connect to Zoom')"},
    ],
});

/** Somebody looks at his meeting in the calendar app. */
registry.category("web_tour.tours").add("zoom_calendar_event", {
    steps: () => [
        {trigger: ".o_form_view .o_horizontal_separator:contains('Zoom')"},
        {trigger: ".o_form_view .o_field_widget[name='zoom_state']:contains('Ended')"},
        {trigger: ".o_form_view button[name='action_zoom_attendance']", run: "click"},
        {trigger: ".o_list_view .o_data_cell:contains('Bob User')"},
    ],
});
