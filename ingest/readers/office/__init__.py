"""What the formats of office programs share: packages, passwords, drawings, formulas."""
