"""Speaking with Slack: what a person did (`knock`), what we show (`faces`), and the Web API (`client`)."""
