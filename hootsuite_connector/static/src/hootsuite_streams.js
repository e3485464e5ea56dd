import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Component, onWillStart, onWillUnmount, useState } from "@odoo/owl";

const BUS_TYPE = "hootsuite_messages";
// A burst of deliveries becomes one reload.
const PAUSE = 400;

/**
 * Streams side by side: saved filters over social messages. The server only says that something is
 * new; the screen then asks for what its user may see.
 */
export class HootsuiteStreams extends Component {
    static template = "hootsuite_connector.Streams";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ streams: [], fresh: {}, loaded: false });
        this.known = null;
        this.display = { controlPanel: {} };
        this.onNews = this.onNews.bind(this);
        onWillStart(() => this.load());
        this.env.services.bus_service.subscribe(BUS_TYPE, this.onNews);
        onWillUnmount(() => {
            clearTimeout(this.timer);
            this.env.services.bus_service.unsubscribe(BUS_TYPE, this.onNews);
        });
    }

    onNews() {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.load(), PAUSE);
    }

    async load() {
        const streams = await this.orm.call("hootsuite.stream", "get_streams", []);
        const ids = new Set(streams.flatMap((stream) => stream.messages.map((row) => row.id)));
        this.state.fresh = {};
        if (this.known) {
            for (const id of ids) {
                if (!this.known.has(id)) {
                    this.state.fresh[id] = true;
                }
            }
        }
        this.known = ids;
        this.state.streams = streams;
        this.state.loaded = true;
    }

    when(text) {
        const moment = luxon.DateTime.fromSQL(text, { zone: "utc" }).toLocal();
        return moment.toLocaleString(luxon.DateTime.DATETIME_SHORT);
    }

    mood(message) {
        return { negative: "text-bg-danger", positive: "text-bg-success" }[message.sentiment] || "text-bg-light";
    }

    openThread(message) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "hootsuite.thread",
            res_id: message.thread_id,
            views: [[false, "form"]],
        });
    }

    async openTarget(message) {
        const action = await this.orm.call("hootsuite.message", "action_open_target", [[message.id]]);
        return this.action.doAction(action);
    }

    newStream() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("New Stream"),
            res_model: "hootsuite.stream",
            views: [[false, "form"]],
        });
    }

    editStream(stream) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "hootsuite.stream",
            res_id: stream.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("hootsuite_streams", HootsuiteStreams);
