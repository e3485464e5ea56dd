/** @odoo-module **/

import {Component, onWillStart, onWillUpdateProps, useRef, useState} from "@odoo/owl";
import {formatSeconds} from "./zoom_seconds_field";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

const COLORS = 6;

/**
 * Reads a recording: who said what and when, with search, and the video or audio beside it when Odoo has it.
 *
 * Every turn is a button: Tab or the arrow keys move, Enter plays from there.
 */
export class ZoomTranscript extends Component {
    static template = "zoom_connector.Transcript";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.list = useRef("list");
        this.player = useRef("player");
        this.state = useState({turns: [], media: false, query: "", speaker: "", playing: -1});
        onWillStart(() => this.load(this.props.record.resId));
        onWillUpdateProps((next) => {
            if (next.record.resId !== this.props.record.resId) {
                return this.load(next.record.resId);
            }
        });
    }

    async load(id) {
        const found = id
            ? await this.orm.call("zoom.recording", "read_transcript", [[id]])
            : {turns: [], media: false};
        const colors = new Map();
        this.state.turns = found.turns.map(([start, stop, speaker, text], key) => {
            if (!colors.has(speaker)) {
                colors.set(speaker, colors.size % COLORS);
            }
            return {key, start, stop, speaker, text, color: colors.get(speaker)};
        });
        this.state.media = found.media;
        Object.assign(this.state, {query: "", speaker: "", playing: -1});
    }

    get speakers() {
        return [...new Set(this.state.turns.map((turn) => turn.speaker).filter(Boolean))];
    }

    get timed() {
        return this.state.turns.some((turn) => turn.start || turn.stop);
    }

    get shown() {
        const words = this.state.query.toLowerCase().split(/\s+/).filter(Boolean);
        return this.state.turns.filter((turn) => {
            const text = `${turn.speaker} ${turn.text}`.toLowerCase();
            return (
                (!this.state.speaker || turn.speaker === this.state.speaker) &&
                words.every((word) => text.includes(word))
            );
        });
    }

    time(turn) {
        return formatSeconds(turn.start);
    }

    /** Splits a text into pieces that are found and pieces that are not. */
    pieces(text) {
        const words = this.state.query.split(/\s+/).filter(Boolean);
        if (!words.length) {
            return [{key: 0, text, found: false}];
        }
        const safe = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
        return text
            .split(new RegExp(`(${safe.join("|")})`, "gi"))
            .map((piece, key) => ({key, text: piece, found: key % 2 === 1}));
    }

    play(turn) {
        const player = this.player.el;
        if (player) {
            player.currentTime = turn.start;
            player.play();
        }
    }

    /** Marks the turn that is being said. */
    onTime() {
        const now = this.player.el.currentTime;
        let playing = -1;
        for (const turn of this.state.turns) {
            if (turn.start > now) {
                break;
            }
            playing = turn.key;
        }
        this.state.playing = playing;
    }

    onKeydown(ev) {
        const step = {ArrowDown: 1, ArrowUp: -1}[ev.key];
        if (!step) {
            return;
        }
        const turns = [...this.list.el.querySelectorAll("button")];
        const next = turns[turns.indexOf(ev.target) + step];
        if (next) {
            ev.preventDefault();
            next.focus();
        }
    }
}

registry.category("view_widgets").add("zoom_transcript", {component: ZoomTranscript});
