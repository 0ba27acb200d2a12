package adf_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jira-integrations/go-sdk/jira/adf"
)

func ExampleMarkdown() {
	doc := adf.Markdown("1. add `SAVE10`\n2. remove it\n\n**Expected:** full price")
	b, err := json.Marshal(doc)
	fmt.Println(len(b) > 0, err)
	fmt.Println(doc.Text())
	// Output:
	// true <nil>
	// add SAVE10
	// remove it
	// Expected: full price
}

func ExampleNew() {
	doc := adf.New(
		adf.Heading(2, adf.Run("Cart total")),
		adf.Paragraph(adf.Run("Seen by "), adf.Mention("5b10a2844c20165700ede21g", "Ada"), adf.Run(" on staging", adf.Em())),
		adf.Panel("warning", adf.Paragraph(adf.Run("Blocks the release", adf.Strong()))),
	)
	fmt.Println(doc.Err())
	fmt.Println(doc.Markdown())
	fmt.Println(adf.New(adf.Heading(9)).Err())
	// Output:
	// <nil>
	// ## Cart total
	//
	// Seen by @[Ada](accountid:5b10a2844c20165700ede21g)*&#32;on staging*
	//
	// > [!WARNING]
	// > **Blocks the release**
	// adf: doc/heading: level is 9, which is out of range
}

func ExampleDoc_Markdown() {
	doc, err := adf.Raw(`{"type":"doc","version":1,"content":[{"type":"bulletList","content":[{"type":"listItem","content":[
		{"type":"paragraph","content":[{"type":"text","text":"see "},{"type":"text","text":"the log","marks":[{"type":"link","attrs":{"href":"https://ci.example/1"}}]}]}]}]}]}`)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(doc.Markdown())
	// Output: - see [the log](https://ci.example/1)
}

func ExampleDoc_Truncate() {
	doc := adf.Markdown(strings.Repeat("a long log ", 10000))
	fmt.Println(errors.Is(doc.Err(), adf.ErrTooLong))
	short := doc.Truncate(30)
	fmt.Println(short.Err())
	fmt.Println(short.Text())
	// Output:
	// true
	// <nil>
	// a long log a lo
	// … [truncated]
}
