"""Templates of the repository, in ``.scaffold/templates/NAME/``: list, copy, check, add and update them.

A template that was copied or added has two more files: ``source.json`` says where it is from (``source_record``), and
``scaffold.lock`` has its files as they were there, in the format of the locks of units. An update is a merge of three
trees, as of a unit: the lock, the folder, and the files of the new version.
"""
