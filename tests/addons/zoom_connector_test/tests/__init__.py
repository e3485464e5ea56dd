from . import test_departments
from . import test_documents
