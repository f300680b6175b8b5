"""What answers drew from a creator's videos, as the database has it. Loaded only where the workspace has videos."""
