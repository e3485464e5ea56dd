/** @odoo-module **/

import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {formatSeconds} from "./zoom_seconds_field";

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480];
const MOST_TICKS = 8;

/**
 * Draws who was in a held meeting and when: one row per person, one bar per stay.
 *
 * Plain boxes in the colors of the theme, so it follows dark mode and any width. Each row carries the
 * same facts as words for people who do not see the bars.
 */
export class ZoomTimelineField extends Component {
    static template = "zoom_connector.Timeline";
    static props = {...standardFieldProps};

    get data() {
        return this.props.record.data[this.props.name] || {people: []};
    }

    moment(text) {
        return deserializeDateTime(text);
    }

    time(moment) {
        return formatDateTime(moment, {showSeconds: false, showDate: false}).replace(
            /^.*?(\d{1,2}:\d{2}.*)$/,
            "$1"
        );
    }

    /** The meeting's own span, widened by whoever came before or stayed after it. */
    get span() {
        const {start, stop, now, people} = this.data;
        const meetingStart = start && this.moment(start).toMillis();
        const meetingStop = this.moment(stop || now).toMillis();
        const starts = meetingStart ? [meetingStart] : [];
        const stops = [meetingStop];
        for (const person of people) {
            for (const stay of person.stays) {
                starts.push(this.moment(stay.join).toMillis());
                if (stay.leave) {
                    stops.push(this.moment(stay.leave).toMillis());
                }
            }
        }
        const first = Math.min(...starts, meetingStop);
        const last = Math.max(...stops, first + 60000);
        return {first, last, meetingStart: meetingStart || first, meetingStop};
    }

    place(from, to, span) {
        const length = span.last - span.first;
        const left = ((from - span.first) / length) * 100;
        const width = (Math.max(to - from, 0) / length) * 100;
        return `left: ${left.toFixed(3)}%; width: ${width.toFixed(3)}%;`;
    }

    get drawing() {
        const span = this.span;
        const minutes = (span.last - span.first) / 60000;
        const step = STEPS.find((size) => minutes / size <= MOST_TICKS) || minutes / MOST_TICKS;
        const ticks = [];
        const size = step * 60000;
        for (let at = Math.ceil(span.first / size) * size; at <= span.last; at += size) {
            const left = ((at - span.first) / (span.last - span.first)) * 100;
            // A label at the very edge would be cut off.
            ticks.push({
                key: at,
                left: `left: ${left.toFixed(3)}%;`,
                label: left < 94 ? this.time(luxon.DateTime.fromMillis(at)) : "",
            });
        }
        return {
            ticks,
            meeting: this.place(span.meetingStart, span.meetingStop, span),
            rows: this.data.people.map((person) => this.row(person, span)),
        };
    }

    row(person, span) {
        const bars = [];
        const words = [];
        for (const [index, stay] of person.stays.entries()) {
            const from = this.moment(stay.join);
            const to = stay.leave ? this.moment(stay.leave) : null;
            const end = to ? to.toMillis() : Math.max(span.meetingStop, from.toMillis());
            const text = to
                ? `${this.time(from)} – ${this.time(to)}`
                : _t("%s, still there", this.time(from));
            words.push(stay.inferred ? _t("%s (leave not reported)", text) : text);
            bars.push({
                key: index,
                style: this.place(from.toMillis(), end, span),
                title: words[index],
                classes: {
                    "bg-primary": to,
                    "bg-success": !to,
                    o_zoom_timeline_inferred: stay.inferred,
                },
            });
        }
        const attended = formatSeconds(person.seconds);
        return {
            ...person,
            bars,
            attended,
            words: _t("%(name)s, %(role)s: %(stays)s. Attended %(attended)s in total.", {
                name: person.name,
                role: person.role,
                stays: words.join(", "),
                attended,
            }),
        };
    }
}

registry.category("fields").add("zoom_timeline", {
    component: ZoomTimelineField,
    displayName: _t("Zoom attendance timeline"),
    supportedTypes: ["json"],
});
