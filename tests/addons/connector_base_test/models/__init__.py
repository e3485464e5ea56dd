from . import demo_integration
