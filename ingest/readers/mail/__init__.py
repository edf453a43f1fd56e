"""Mail, as files of letters with what is attached to them."""
