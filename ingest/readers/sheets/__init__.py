"""Spreadsheets: .xlsx, .xls and .ods."""
