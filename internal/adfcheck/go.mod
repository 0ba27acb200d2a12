module github.com/jira-integrations/go-sdk/internal/adfcheck

go 1.26.0

replace github.com/jira-integrations/go-sdk => ../..

require (
	github.com/google/go-cmp v0.7.0
	github.com/jira-integrations/go-sdk v0.0.0-00010101000000-000000000000
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.2
	github.com/yuin/goldmark v1.8.7
)

require golang.org/x/text v0.40.0 // indirect
