package jira_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

func ExampleFieldByName() {
	jc, _ := connect()
	points, err := jira.FieldByName(context.Background(), jc, "Story Points", jira.NumberField)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(points.ID())

	_, err = jira.FieldByName(context.Background(), jc, "Severity", jira.NumberField)
	fmt.Println(err)
	// Output:
	// customfield_10016
	// FieldByName: "Severity" (customfield_10031) is a field for jira.SelectField, not for jira.NumberField
}

func ExampleIssuesService_Requirements() {
	jc, _ := connect()
	bug, err := jc.Issues.Requirements(context.Background(), "WEB", "Bug")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range bug.Required() {
		fmt.Println("required:", f.Name)
	}
	severity, err := bug.Field("Severity")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, choice := range severity.Choices() {
		fmt.Println("severity:", choice.Name)
	}
	// Output:
	// required: Summary
	// required: Issue Type
	// required: Project
	// severity: Critical
	// severity: Major
	// severity: Minor
}

// All that is missing or wrong is known before anything is sent.
func ExampleRequirements_Validate() {
	jc, _ := connect()
	bug, err := jc.Issues.Requirements(context.Background(), "WEB", "Bug")
	if err != nil {
		fmt.Println(err)
		return
	}
	err = bug.Validate(jira.IssueInput{
		Project: "WEB", Type: "Bug", Summary: "Cart total\nis wrong", Priority: "Urgent",
		Custom: jira.Custom(jira.SelectField("customfield_10031").Value(jira.Option{Value: "Bad"})),
	})
	if e, ok := errors.AsType[*client.Error](err); ok && errors.Is(err, client.ErrInvalid) {
		for _, id := range slices.Sorted(maps.Keys(e.Fields)) {
			fmt.Printf("%s: %s\n", id, e.Fields[id])
		}
	}
	// Output:
	// customfield_10031: Severity has no choice "Bad": choose from Critical, Major, Minor
	// priority: Priority has no choice "Urgent": choose from Highest, High, Medium, Low, Lowest
	// summary: the Summary has more than one line: CleanSummary makes one of them
}

// A field with several values is added to and taken from without reading it first: two programs at once lose nothing.
func ExampleCustomField_Add() {
	jc, site := connect()
	suites := jira.LabelsField("customfield_10037")
	ctx := context.Background()
	for _, change := range []jira.CustomValue{
		suites.Value([]string{"smoke", "cart"}),
		suites.Add([]string{"nightly"}),
		suites.Remove([]string{"smoke"}),
	} {
		if err := jc.Issues.Update(ctx, "WEB-1", jira.IssueUpdate{Custom: jira.Custom(change)}); err != nil {
			fmt.Println(err)
			return
		}
	}
	values, _, _ := suites.Get(site.Issue("WEB-1"))
	fmt.Println(values)

	if err := jc.Issues.Update(ctx, "WEB-1", jira.IssueUpdate{Custom: jira.Custom(suites.Empty())}); err != nil {
		fmt.Println(err)
		return
	}
	_, ok, _ := suites.Get(site.Issue("WEB-1"))
	fmt.Println(ok)
	// Output:
	// [cart nightly]
	// false
}

func ExampleCascadingSelectField() {
	jc, _ := connect()
	ctx := context.Background()
	area := jira.CascadingSelectField("customfield_10038")
	cart := jira.CascadingOption{Value: "Frontend", Child: jira.Option{Value: "Cart page"}}
	if err := jc.Issues.Update(ctx, "WEB-1", jira.IssueUpdate{Custom: jira.Custom(area.Value(cart))}); err != nil {
		fmt.Println(err)
		return
	}
	issue, err := jc.Issues.Get(ctx, "WEB-1", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	where, _, err := area.Get(issue)
	fmt.Println(where.Value, where.Child.Value, err)
	// Output: Frontend Cart page <nil>
}

func ExampleCleanSummary() {
	fmt.Println(jira.CleanSummary("TestTotal:\n\tgot 9.00,\n\twant 10.00"))
	fmt.Println(jira.CleanLabel("web shop"))
	// Output:
	// TestTotal: got 9.00, want 10.00
	// web-shop
}
