from . import connector_encryption
