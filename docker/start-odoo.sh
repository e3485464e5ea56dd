#!/bin/bash
# Installs or updates the addons, connects them to the sandbox, then serves.
set -euo pipefail

addons=connector_base,zoom_connector
if [ -f /mnt/connectors/hootsuite_connector/__manifest__.py ]; then
    addons=$addons,hootsuite_connector
fi
echo "Installing or updating $addons ..."
/entrypoint.sh odoo -d connectors -i "$addons" -u "$addons" --workers=0 --stop-after-init
echo "Connecting to the sandbox ..."
/entrypoint.sh odoo shell -d connectors --workers=0 --log-level=warn --shell-interface=python \
    < /mnt/docker/connect.py
python3 /mnt/front.py --host 0.0.0.0 --listen 8069 --http 8070 --evented 8072 &
if [ -f /mnt/connectors/hootsuite_connector/__manifest__.py ]; then
    python3 /mnt/docker/talk.py &
fi
echo "Odoo is on http://localhost:8069 (login admin, password admin)"
exec /entrypoint.sh odoo -d connectors
