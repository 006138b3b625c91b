"""The stress-forecast study, after Singh & Sinha: an event of stress ahead, and rules that need no model."""
