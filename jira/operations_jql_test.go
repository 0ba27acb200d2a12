package jira_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

func (a *area) idOf(key string) int64 {
	a.Helper()
	return must(strconv.ParseInt(a.read(key).ID, 10, 64))(a)
}

func exerciseJQLMatch(a *area) {
	ctx := a.Context()
	cart, coupon := a.idOf(a.bug("Cart")), a.idOf(a.bug("Coupon"))
	matches := must(a.JQL.Match(ctx, jira.JQLMatchInput{
		IssueIDs: []int64{coupon, cart, 1},
		Queries:  []string{"project = WEB", "summary ~ cart", "project = OPS", "summary = cart", "ORDER BY key", "universe"},
	}))(a)
	for i, want := range [][]int64{{coupon, cart}, {cart}, {}, {}, {coupon, cart}, {}} {
		a.equal("found by query "+strconv.Itoa(i), matches[i].IssueIDs, want)
		a.equal("errors of query "+strconv.Itoa(i), len(matches[i].Errors), map[bool]int{i == 3 || i == 5: 1}[true])
	}
	_, err := a.JQL.Match(ctx, jira.JQLMatchInput{Queries: []string{"project = WEB"}})
	a.fails(err, client.ErrInvalid, "JQL.Match")
}

func exerciseJQLReference(a *area) {
	ctx := a.Context()
	here := a.fake.AddField(jiratest.Field{Name: "Engine", Type: jiratest.SelectField, Contexts: []jiratest.Context{{Projects: []string{"WEB"}, Options: []string{"Gecko"}}}})
	there := a.fake.AddField(jiratest.Field{Name: "Engine", Type: jiratest.SelectField, Contexts: []jiratest.Context{{Projects: []string{"OPS"}, Options: []string{"Diesel"}}}})
	clause := func(id string) string { return "cf[" + strings.TrimPrefix(id, "customfield_") + "]" }
	fields := func(r *jira.JQLReference) []string {
		return names(r.Fields, func(f jira.JQLReferenceField) string { return f.Value })
	}

	all := must(a.JQL.Reference(ctx))(a)
	for _, name := range []string{"summary", "status", "issuetype", `"Story Points"`, clause(here), clause(there)} {
		if !slices.Contains(fields(all), name) {
			a.Errorf("%s is not among the fields: %q", name, fields(all))
		}
	}
	at := slices.IndexFunc(all.Fields, func(f jira.JQLReferenceField) bool { return f.Value == "Severity" })
	severity := all.Fields[at]
	a.equal("severity", []string{severity.CustomFieldID, severity.DisplayName, severity.Orderable, severity.Searchable, severity.Suggests},
		[]string{"cf[10031]", "Severity - cf[10031]", "true", "true", "true"})
	a.equal("its operators", severity.Operators, []string{"=", "!=", "in", "not in", "is", "is not"})
	a.equal("reserved", slices.Contains(all.ReservedWords, "empty"), true)
	at = slices.IndexFunc(all.Functions, func(f jira.JQLReferenceFunction) bool { return f.Value == "openSprints()" })
	a.equal("a function", all.Functions[at].IsList, "true")

	some := must(a.JQL.ReferenceFor(ctx, jira.JQLReferenceFilter{ProjectIDs: []int64{10000, 404}}))(a)
	a.equal("in one project", []bool{slices.Contains(fields(some), clause(here)), slices.Contains(fields(some), clause(there))}, []bool{true, false})
	together := must(a.JQL.ReferenceFor(ctx, jira.JQLReferenceFilter{IncludeCollapsedFields: true}))(a)
	a.equal("both at once", slices.Contains(fields(together), `Engine[Dropdown]`), true)

	suggest := func(p jira.GetFieldAutoCompleteForQueryStringParams) []string {
		return names(must(a.JQL.Suggestions(ctx, &p))(a), func(s jira.JQLSuggestion) string { return s.Value + "|" + s.DisplayName })
	}
	a.equal("projects", suggest(jira.GetFieldAutoCompleteForQueryStringParams{Field: "project"}), []string{"Operations|Operations (OPS)", "Web Shop|Web Shop (WEB)"})
	a.equal("statuses", suggest(jira.GetFieldAutoCompleteForQueryStringParams{Field: "status", Value: "in"}),
		[]string{"In Progress|<b>In</b> Progress", "In Review|<b>In</b> Review"})
	a.equal("who changed it", suggest(jira.GetFieldAutoCompleteForQueryStringParams{Field: "status", Predicate: "by", PredicateValue: "ada"}),
		[]string{ada + "|<b>Ada</b> Fischer"})
	a.equal("labels", suggest(jira.GetFieldAutoCompleteForQueryStringParams{Field: "labels"}), []string{})
	for _, wrong := range []jira.GetFieldAutoCompleteForQueryStringParams{
		{}, {Field: "universe"}, {Field: "status", Predicate: "near"}, {Field: "status", PredicateValue: "Done"},
	} {
		_, err := a.JQL.Suggestions(ctx, &wrong)
		a.fails(err, client.ErrInvalid, "JQL.Suggestions")
	}
}

func exerciseJQLParse(a *area) {
	ctx := a.Context()
	parse := func(validation string, queries ...string) []jira.ParsedJQL {
		a.Helper()
		return must(a.JQL.Parse(ctx, validation, jira.JQLParseInput{Queries: queries}))(a)
	}
	field := func(name string) jira.JQLField { return jira.JQLField{Name: name, EncodedName: name} }
	one := func(value, encoded string) jira.JQLOperand {
		return jira.JQLOperand{Value: value, EncodedValue: encoded}
	}
	query := `project = WEB AND (NOT status in ("In Review", Done) OR assignee = currentUser() OR due is empty) ORDER BY key DESC, created`
	got := parse("strict", query)[0]
	a.equal("the query", got, jira.ParsedJQL{Query: query, Structure: &jira.JQLStructure{
		Where: &jira.JQLClause{Operator: "and", Clauses: []jira.JQLClause{
			{Operator: "=", Field: field("project"), Operand: one("WEB", "WEB")},
			{Operator: "or", Clauses: []jira.JQLClause{
				{Operator: "not", Clauses: []jira.JQLClause{{Operator: "in", Field: field("status"), Operand: jira.JQLOperand{
					EncodedOperand: `("In Review", Done)`, Values: []jira.JQLOperand{one("In Review", `"In Review"`), one("Done", "Done")},
				}}}},
				{Operator: "=", Field: field("assignee"), Operand: jira.JQLOperand{Function: "currentUser", Arguments: []string{}, EncodedOperand: "currentUser()"}},
				{Operator: "is", Field: field("due"), Operand: jira.JQLOperand{Keyword: "empty"}},
			}},
		}},
		OrderBy: jira.JQLOrder{Fields: []jira.JQLOrderField{{Field: field("key"), Direction: "desc"}, {Field: field("created")}}},
	}})
	property := parse("none", `issue.property["spaces here"].value in ("Service requests", Incidents)`)[0].Structure.Where.Field
	a.equal("a property", property, jira.JQLField{
		Name: "issue.property[spaces here].value", EncodedName: `issue.property["spaces here"].value`,
		Properties: []jira.JQLFieldProperty{{Entity: "issue", Key: "spaces here", Path: "value"}},
	})

	odd := []string{"summary = test", "project = INVALID", "universe = 42", "invalid query", "summary ~ cart"}
	for _, step := range []struct {
		validation                  string
		structure, errors, warnings []bool
	}{
		{"strict", []bool{false, false, false, false, true}, []bool{true, false, true, true, false}, []bool{false, true, false, false, false}},
		{"warn", []bool{true, true, true, false, true}, []bool{true, false, true, true, false}, []bool{false, true, false, false, false}},
		{"none", []bool{true, true, true, false, true}, []bool{false, false, false, true, false}, []bool{false, false, false, false, false}},
	} {
		for i, p := range parse(step.validation, odd...) {
			a.equal(step.validation+": "+p.Query, []bool{p.Structure != nil, len(p.Errors) > 0, len(p.Warnings) > 0},
				[]bool{step.structure[i], step.errors[i], step.warnings[i]})
		}
	}
	a.equal("all errors", len(parse("strict", "universe = 42 AND summary = test")[0].Errors), 2)
	_, err := a.JQL.Parse(ctx, "lenient", jira.JQLParseInput{Queries: odd})
	a.fails(err, client.ErrInvalid, "JQL.Parse")
	_, err = a.JQL.Parse(ctx, "strict", jira.JQLParseInput{Queries: []string{}})
	a.fails(err, client.ErrInvalid, "JQL.Parse")
}

func exerciseJQLRewrite(a *area) {
	ctx := a.Context()
	got := must(a.JQL.MigrateUsers(ctx, jira.JQLMigrationInput{Queries: []string{
		`assignee = ada AND summary ~ "ada" ORDER BY key`, `reporter in (ada, "mia") OR assignee = ` + bo, `NOT assignee = currentUser()`,
	}}))(a)
	a.equal("converted", got.Queries, []string{`assignee = ` + ada + ` AND summary ~ "ada" ORDER BY key`, `NOT assignee = currentUser()`})
	a.equal("unknown", got.Unknown, []jira.UnknownUserJQL{{
		Original:  `reporter in (ada, "mia") OR assignee = ` + bo,
		Converted: `reporter in (` + ada + `, unknown) OR assignee = ` + bo,
	}})
	_, err := a.JQL.MigrateUsers(ctx, jira.JQLMigrationInput{Queries: []string{"assignee ="}})
	a.fails(err, client.ErrInvalid, "JQL.MigrateUsers")

	query := `project = 'Web Shop' AND component in (Cart, "Checkout") AND status = Done`
	clean := must(a.JQL.Sanitize(ctx, jira.JQLSanitizeInput{Queries: []jira.JQLToSanitize{{Query: query}, {Query: query, AccountID: ada}, {Query: "no query"}}}))(a)
	a.equal("for nobody", clean[0], jira.SanitizedJQL{Original: query, Sanitized: `project = 10000 AND component in (10000, 10001) AND status = Done`})
	a.equal("for a user", clean[1], jira.SanitizedJQL{Original: query, Sanitized: query, AccountID: ada})
	a.equal("what is no query", []any{clean[2].Sanitized, len(clean[2].Errors.Messages)}, []any{"", 1})
	for _, wrong := range [][]jira.JQLToSanitize{{}, {{Query: query}, {Query: query}}, {{Query: query, AccountID: "nobody"}}, make([]jira.JQLToSanitize, 21)} {
		_, err := a.JQL.Sanitize(ctx, jira.JQLSanitizeInput{Queries: wrong})
		a.fails(err, client.ErrInvalid, "JQL.Sanitize")
	}
}

func exercisePrecomputations(a *area) {
	ctx := a.Context()
	cart, coupon := a.bug("Cart"), a.bug("Coupon")
	var ids []string
	for i, arg := range []string{"a", "b", "c", "d", "e", "f"} {
		ids = append(ids, a.fake.AddPrecomputation(jiratest.Precomputation{
			FunctionKey: "shop__" + strconv.Itoa(i%2), FunctionName: "soldWith", Field: "issue", Operator: "in", Arguments: []string{arg}, Value: "key = " + cart,
		}))
	}
	page := must(a.JQL.PrecomputationsPage(ctx, &jira.GetPrecomputationsParams{OrderBy: "-functionKey"}))(a)
	a.equal("by key, backwards", names(page.Values, func(p jira.JQLPrecomputation) string { return p.FunctionKey + p.Arguments[0] }),
		[]string{"shop__1b", "shop__1d", "shop__1f", "shop__0a", "shop__0c", "shop__0e"})
	samePages(a, 2, a.JQL.Precomputations(ctx, &jira.GetPrecomputationsParams{OrderBy: "-functionKey", MaxResults: 2}), page.Values)
	some := must(items(a.JQL.Precomputations(ctx, &jira.GetPrecomputationsParams{FunctionKeys: []string{"shop__1"}})))(a)
	a.equal("of one function", len(some), 3)
	_, err := a.JQL.PrecomputationsPage(ctx, &jira.GetPrecomputationsParams{FunctionKeys: []string{"other"}})
	a.gone(err, "JQL.Precomputations")
	_, err = a.JQL.PrecomputationsPage(ctx, &jira.GetPrecomputationsParams{OrderBy: "value"})
	a.fails(err, client.ErrInvalid, "JQL.Precomputations")

	found := func(jql string) []string {
		a.Helper()
		all := must(items(a.Issues.Search(ctx, jql, nil)))(a)
		return names(all, func(i *jira.Issue) string { return i.Key })
	}
	a.equal("what the function stands for", found("issue in soldWith(b)"), []string{cart})
	set := func(id, value, problem string, skip bool) ([]string, error) {
		return a.JQL.UpdatePrecomputations(ctx, jira.JQLPrecomputationUpdates{Values: []jira.JQLPrecomputationUpdate{
			{ID: ids[1], Value: "key in (" + cart + ", " + coupon + ")"}, {ID: id, Value: value, Error: problem},
		}}, &jira.UpdatePrecomputationsParams{SkipNotFound: skip})
	}
	_, err = set("none", "key = "+cart, "", false)
	a.gone(err, "JQL.UpdatePrecomputations")
	_, err = set(ids[0], "", "", true)
	a.fails(err, client.ErrInvalid, "JQL.UpdatePrecomputations")
	a.equal("nothing has changed", found("issue in soldWith(b)"), []string{cart})
	a.equal("skipped", must(set("none", "key = "+cart, "", true))(a), []string{"none"})
	a.equal("the new value", found("issue in soldWith(b)"), []string{coupon, cart})
	a.equal("none skipped", len(must(set(ids[0], "", "There is no such thing.", false))(a)), 0)
	_, err = items(a.Issues.Search(ctx, "issue in soldWith(a)", nil))
	a.fails(err, client.ErrInvalid, "Issues.Search")

	byID := must(a.JQL.PrecomputationsByID(ctx, jira.JQLPrecomputationIDs{IDs: []string{ids[0], "none"}}, nil))(a)
	a.equal("by id", []any{byID.Precomputations[0].Error, byID.Precomputations[0].Value, byID.NotFound}, []any{"There is no such thing.", "", []string{"none"}})
	_, err = a.JQL.PrecomputationsByID(ctx, jira.JQLPrecomputationIDs{IDs: ids}, &jira.GetPrecomputationsByIDParams{OrderBy: "value"})
	a.fails(err, client.ErrInvalid, "JQL.PrecomputationsByID")
}

func exerciseExpressions(a *area) {
	ctx := a.Context()
	long := `"` + strings.Repeat("x", 1000) + `"`
	analysed := must(a.Expressions.Analyse(ctx, jira.ExpressionsInput{Expressions: []string{
		"issues.map(i => {key: i.key, big: i.summary.length > 10 ? 'yes' : null})", "issue.\n >", long,
	}}, nil))(a)
	a.equal("valid", names(analysed, func(e jira.ExpressionAnalysis) string { return strconv.FormatBool(e.Valid) }), []string{"true", "false", "false"})
	syntax, other := analysed[1].Errors[0], analysed[2].Errors[0]
	a.equal("the syntax", []any{syntax.Type, syntax.Line, syntax.Column}, []any{"syntax", 2, 2})
	a.equal("the length", []string{other.Type, other.Message}, []string{"other", "Jira expression is too long (1002), limit: 1000 characters"})
	_, err := a.Expressions.Analyse(ctx, jira.ExpressionsInput{Expressions: []string{"1"}}, &jira.AnalyseExpressionParams{Check: "style"})
	a.fails(err, client.ErrInvalid, "Expressions.Analyse")

	for _, labels := range []string{"one", "two", "three"} {
		a.fake.AddIssue("WEB", "Bug", "Cart "+labels, map[string]any{"labels": []string{labels}, "customfield_10016": len(labels)})
	}
	evaluate := func(expression string, of jira.ExpressionContext, params *jira.EvaluateJSISJiraExpressionParams) (*jira.ExpressionResult, error) {
		return a.Expressions.Evaluate(ctx, jira.ExpressionInput{Expression: expression, Context: of}, params)
	}
	context := jira.ExpressionContext{
		Issue: jira.ExpressionTarget{Key: "WEB-1"}, Project: jira.ExpressionTarget{ID: 10001},
		Issues: jira.ExpressionIssues{JQL: jira.ExpressionJQL{Query: "project = WEB ORDER BY key", MaxResults: 2}},
		Custom: map[string]json.RawMessage{
			"limit": json.RawMessage(`{"type": "json", "value": {"points": 3}}`),
			"who":   json.RawMessage(`[{"type": "user", "accountId": "` + ada + `"}]`),
		},
	}
	for expression, want := range map[string]string{
		"1 + 2 * 3 == 7 && !false":       "true",
		"issue.key + ', ' + project.key": `"WEB-1, OPS"`,
		"{type: issue.issueType.name, points: issue.customfield_10016, a: issue.assignee}": `{"a":null,"points":3,"type":"Bug"}`,
		"issues.filter(i => i.customfield_10016 >= limit.points).map(i => i.labels)":       `[["one"],["two"]]`,
		"issues.some(i => i.labels.includes('two')) ? who[0].displayName : null":           `"Ada Fischer"`,
		"[issues.length, user.accountId == who[0]['accountId']]":                           `[2,false]`,
	} {
		a.equal(expression, string(must(evaluate(expression, context, nil))(a).Value), want)
	}
	first := must(evaluate("issues.map(i => i.key)", context, &jira.EvaluateJSISJiraExpressionParams{Expand: "meta.complexity"}))(a)
	a.equal("cost", []any{first.Meta.Complexity.Steps.Value > 0, first.Meta.Complexity.PrimitiveValues.Value}, []any{true, 2})
	context.Issues.JQL.NextPageToken = first.Meta.Issues.JQL.NextPageToken
	second := must(evaluate("issues.map(i => i.key)", context, nil))(a)
	a.equal("the second page", []any{string(second.Value), second.Meta.Issues.JQL.IsLast}, []any{`["WEB-3"]`, true})

	for _, wrong := range []string{"1 +", "issue.colour", "nobody", "1 + null", "null.key"} {
		_, err := evaluate(wrong, context, nil)
		a.fails(err, client.ErrInvalid, "Expressions.Evaluate")
	}
	_, err = evaluate("issue.key", jira.ExpressionContext{Issue: jira.ExpressionTarget{Key: "WEB-404"}}, nil)
	a.gone(err, "Expressions.Evaluate")
	_, err = evaluate("issue.key", jira.ExpressionContext{Issue: jira.ExpressionTarget{Key: "WEB-1", ID: 1}}, nil)
	a.fails(err, client.ErrInvalid, "Expressions.Evaluate")
}

func exerciseRedactions(a *area) {
	ctx := a.Context()
	key := must(a.Issues.Create(ctx, jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "Ada's cart", Description: adf.Text("Call 0815.")}))(a).Key
	comment := must(a.Comments.Create(ctx, key, jira.CommentInput{Body: adf.Text("It is Ada.")}, nil))(a)
	uuid := func(n int) string { return "51101de6-d001-429d-a095-b2b96dd57fc" + strconv.Itoa(n) }
	redaction := func(n int, kind, id, pointer, text string, from int) jira.Redaction {
		sum := sha256.Sum256([]byte(text))
		return jira.Redaction{
			ExternalID: uuid(n), Reason: "personal", Content: jira.RedactionContent{IssueID: a.read(key).ID, EntityType: kind, EntityID: id},
			Position: jira.RedactionPosition{
				ADFPointer: pointer, From: from, To: from + len(text),
				ExpectedText: base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(sum[:]))),
			},
		}
	}
	job := must(a.Redactions.Start(ctx, jira.RedactionInput{Redactions: []jira.Redaction{
		redaction(1, "issuefieldvalue", "summary", "", "Ada", 0),
		redaction(2, "issuefieldvalue", "description", "/content/0/content/0/text", "0815", 5),
		redaction(3, "issue-comment", comment.ID, "/content/0/content/0/text", "Ada", 6),
		redaction(4, "issuefieldvalue", "summary", "", "Bob", 0),
		redaction(5, "issue-worklog", "404", "/content/0/content/0/text", "Ada", 0),
	}}))(a)
	a.equal("not yet", a.read(key).Fields.Summary, "Ada's cart")
	for _, want := range []string{"PENDING", "IN_PROGRESS"} {
		a.equal("the job", *must(a.Redactions.Status(ctx, job))(a), jira.RedactionJob{Status: want})
	}
	for range 2 {
		done := must(a.Redactions.Status(ctx, job))(a)
		a.equal("the job", done.Status, "COMPLETED")
		a.equal("its results", done.Outcome.Results, []jira.RedactionResult{
			{ExternalID: uuid(1), Successful: true},
			{ExternalID: uuid(2), Successful: true},
			{ExternalID: uuid(3), Successful: true},
			{ExternalID: uuid(4)},
			{ExternalID: uuid(5)},
		})
	}
	is := a.read(key)
	a.equal("what is left", []string{is.Fields.Summary, is.Fields.Description.Text(), is.Fields.Comments.Comments[0].Body.Text()},
		[]string{"███'s cart", "Call ████.", "It is ███."})

	wrong := redaction(6, "issuefieldvalue", "summary", "", "cart", 6)
	wrong.ExternalID = "six"
	_, err := a.Redactions.Start(ctx, jira.RedactionInput{Redactions: []jira.Redaction{wrong}})
	a.fails(err, client.ErrInvalid, "Redactions.Start")
	_, err = a.Redactions.Start(ctx, jira.RedactionInput{})
	a.fails(err, client.ErrInvalid, "Redactions.Start")
	_, err = a.Redactions.Status(ctx, uuid(0))
	a.gone(err, "Redactions.Status")
}
