"""The ledger under everything: every act is one appended event, and none is ever changed."""
