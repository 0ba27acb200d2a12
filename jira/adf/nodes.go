package adf

import (
	"strconv"
	"strings"
	"time"
)

func parent(t NodeType, content []Node) Node {
	if content == nil {
		content = []Node{}
	}
	return Node{Type: t, Content: content}
}

func leaf(t NodeType, attrs ...any) Node { return Node{Type: t, Attrs: pairs(attrs)} }

// Run is text within a paragraph, heading or table cell. An empty one is left out of the document.
func Run(text string, marks ...Mark) Node { return Node{Type: TypeText, Text: text, Marks: marks} }

// HardBreak begins a new line within a paragraph.
func HardBreak() Node { return Node{Type: TypeHardBreak} }

// Mention names a user, by account id, and notifies them. name is shown until Jira has looked the user up.
func Mention(accountID, name string) Node {
	n := leaf(TypeMention, "id", accountID)
	if name = strings.TrimPrefix(name, "@"); name != "" {
		n.Attrs["text"] = "@" + name
	}
	return n
}

// Emoji is one by its short name, with or without the colons: "smile" or ":smile:".
func Emoji(shortName string) Node {
	name := strings.Trim(shortName, ":")
	n := leaf(TypeEmoji, "shortName", ":"+name+":")
	if s, ok := emoji[name]; ok {
		n.Attrs["text"] = s
	}
	return n
}

// Date shows a day; the time of day is passed over.
func Date(t time.Time) Node {
	y, m, d := t.Date()
	return leaf(TypeDate, "timestamp", strconv.FormatInt(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).UnixMilli(), 10))
}

func day(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.DateOnly) }

// Status is a lozenge: color is neutral, purple, blue, red, yellow, green or "#rrggbb".
func Status(text, color string) Node { return leaf(TypeStatus, "text", text, "color", color) }

// InlineCard shows an address as a card within a line.
func InlineCard(url string) Node { return leaf(TypeInlineCard, "url", url) }

// Placeholder asks the reader to write something.
func Placeholder(text string) Node { return leaf(TypePlaceholder, "text", text) }

// MediaInline shows a file within a line. id is the file's in the media service, not an attachment's.
func MediaInline(id, collection string) Node {
	return leaf(TypeMediaInline, "id", id, "collection", collection)
}

// InlineExtension is an app's content within a line.
func InlineExtension(extensionType, key string) Node {
	return leaf(TypeInlineExtension, "extensionType", extensionType, "extensionKey", key)
}

// Paragraph holds inline nodes: text, breaks, mentions and the like.
func Paragraph(content ...Node) Node { return parent(TypeParagraph, content) }

// Heading is one of level 1 to 6.
func Heading(level int, content ...Node) Node {
	return parent(TypeHeading, content).WithAttr("level", level)
}

// CodeBlock is code. language may be empty.
func CodeBlock(language, code string) Node {
	n := parent(TypeCodeBlock, nil)
	if code != "" {
		n.Content = []Node{Run(code)}
	}
	if language != "" {
		n = n.WithAttr("language", language)
	}
	return n
}

// Blockquote holds paragraphs, lists and code.
func Blockquote(content ...Node) Node { return parent(TypeBlockquote, content) }

// BulletList holds ListItem nodes.
func BulletList(items ...Node) Node { return parent(TypeBulletList, items) }

// OrderedList holds ListItem nodes, numbered from start.
func OrderedList(start int, items ...Node) Node {
	n := parent(TypeOrderedList, items)
	if start != 1 {
		n = n.WithAttr("order", start)
	}
	return n
}

// ListItem holds paragraphs, lists and code.
func ListItem(content ...Node) Node { return parent(TypeListItem, content) }

// TaskList holds TaskItem nodes, and TaskList nodes for what is below the item before them.
func TaskList(items ...Node) Node { return parent(TypeTaskList, items) }

// TaskItem is a box to tick and inline nodes.
func TaskItem(done bool, content ...Node) Node {
	return parent(TypeTaskItem, content).WithAttr("state", taskState(done))
}

// BlockTaskItem is a box to tick and paragraphs.
func BlockTaskItem(done bool, content ...Node) Node {
	return parent(TypeBlockTaskItem, content).WithAttr("state", taskState(done))
}

func taskState(done bool) string {
	if done {
		return "DONE"
	}
	return "TODO"
}

// DecisionList holds DecisionItem nodes.
func DecisionList(items ...Node) Node { return parent(TypeDecisionList, items) }

// DecisionItem is a decision and its inline nodes.
func DecisionItem(content ...Node) Node {
	return parent(TypeDecisionItem, content).WithAttr("state", "DECIDED")
}

// Panel is a colored box: kind is info, note, tip, warning, error, success or custom.
func Panel(kind string, content ...Node) Node {
	return parent(TypePanel, content).WithAttr("panelType", kind)
}

// Rule is a line across the page.
func Rule() Node { return Node{Type: TypeRule} }

// Expand is content that a reader opens by its title. It belongs at the top of a document; see [NestedExpand].
func Expand(title string, content ...Node) Node {
	return parent(TypeExpand, content).WithAttr("title", title)
}

// NestedExpand is an Expand within a table cell or an Expand.
func NestedExpand(title string, content ...Node) Node {
	return parent(TypeNestedExpand, content).WithAttr("title", title)
}

// Table holds TableRow nodes.
func Table(rows ...Node) Node { return parent(TypeTable, rows) }

// TableRow holds TableHeader and TableCell nodes.
func TableRow(cells ...Node) Node { return parent(TypeTableRow, cells) }

// TableCell holds blocks, such as a paragraph.
func TableCell(content ...Node) Node { return parent(TypeTableCell, content) }

// TableHeader is a TableCell that heads its column or row.
func TableHeader(content ...Node) Node { return parent(TypeTableHeader, content) }

// Media is a file of the media service; id is not an attachment's. It goes into MediaSingle and MediaGroup.
func Media(id, collection string) Node {
	return leaf(TypeMedia, "type", "file", "id", id, "collection", collection)
}

// ExternalMedia is an image at an address of its own.
func ExternalMedia(url string) Node { return leaf(TypeMedia, "type", "external", "url", url) }

// MediaSingle shows one Media and, if there is one, its Caption.
func MediaSingle(content ...Node) Node {
	return parent(TypeMediaSingle, content).WithAttr("layout", "center")
}

// MediaGroup shows several Media as a row of files.
func MediaGroup(media ...Node) Node { return parent(TypeMediaGroup, media) }

// Caption is the text below a Media.
func Caption(content ...Node) Node { return parent(TypeCaption, content) }

// BlockCard shows an address as a card.
func BlockCard(url string) Node { return leaf(TypeBlockCard, "url", url) }

// EmbedCard shows what is at an address.
func EmbedCard(url string) Node { return leaf(TypeEmbedCard, "url", url, "layout", "center") }

// LayoutSection holds two or three LayoutColumn nodes.
func LayoutSection(columns ...Node) Node { return parent(TypeLayoutSection, columns) }

// LayoutColumn is a column as wide as a percentage of the page.
func LayoutColumn(width float64, content ...Node) Node {
	return parent(TypeLayoutColumn, content).WithAttr("width", width)
}

// Extension is an app's content.
func Extension(extensionType, key string) Node {
	return leaf(TypeExtension, "extensionType", extensionType, "extensionKey", key)
}

// BodiedExtension is an app's content around other blocks.
func BodiedExtension(extensionType, key string, content ...Node) Node {
	n := parent(TypeBodiedExtension, content)
	n.Attrs = pairs([]any{"extensionType", extensionType, "extensionKey", key})
	return n
}

// SyncBlock shows a block that is kept elsewhere.
func SyncBlock(resourceID string) Node { return leaf(TypeSyncBlock, "resourceId", resourceID) }

// BodiedSyncBlock is a block that others show.
func BodiedSyncBlock(resourceID string, content ...Node) Node {
	return parent(TypeBodiedSyncBlock, content).WithAttr("resourceId", resourceID)
}
