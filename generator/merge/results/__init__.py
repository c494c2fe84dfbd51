"""Merge whole texts and verify the result, reset one field, settle conflict markers."""
