from . import test_departments, test_documents
