package adf

// NodeType says what a node is. Documents may hold others than these.
type NodeType string

// The node types of the format.
const (
	TypeBlockCard       NodeType = "blockCard"
	TypeBlockquote      NodeType = "blockquote"
	TypeBlockTaskItem   NodeType = "blockTaskItem"
	TypeBodiedExtension NodeType = "bodiedExtension"
	TypeBodiedSyncBlock NodeType = "bodiedSyncBlock"
	TypeBulletList      NodeType = "bulletList"
	TypeCaption         NodeType = "caption"
	TypeCodeBlock       NodeType = "codeBlock"
	TypeDate            NodeType = "date"
	TypeDecisionItem    NodeType = "decisionItem"
	TypeDecisionList    NodeType = "decisionList"
	TypeDoc             NodeType = "doc"
	TypeEmbedCard       NodeType = "embedCard"
	TypeEmoji           NodeType = "emoji"
	TypeExpand          NodeType = "expand"
	TypeExtension       NodeType = "extension"
	TypeHardBreak       NodeType = "hardBreak"
	TypeHeading         NodeType = "heading"
	TypeInlineCard      NodeType = "inlineCard"
	TypeInlineExtension NodeType = "inlineExtension"
	TypeLayoutColumn    NodeType = "layoutColumn"
	TypeLayoutSection   NodeType = "layoutSection"
	TypeListItem        NodeType = "listItem"
	TypeMedia           NodeType = "media"
	TypeMediaGroup      NodeType = "mediaGroup"
	TypeMediaInline     NodeType = "mediaInline"
	TypeMediaSingle     NodeType = "mediaSingle"
	TypeMention         NodeType = "mention"
	TypeNestedExpand    NodeType = "nestedExpand"
	TypeOrderedList     NodeType = "orderedList"
	TypePanel           NodeType = "panel"
	TypeParagraph       NodeType = "paragraph"
	TypePlaceholder     NodeType = "placeholder"
	TypeRule            NodeType = "rule"
	TypeStatus          NodeType = "status"
	TypeSyncBlock       NodeType = "syncBlock"
	TypeTable           NodeType = "table"
	TypeTableCell       NodeType = "tableCell"
	TypeTableHeader     NodeType = "tableHeader"
	TypeTableRow        NodeType = "tableRow"
	TypeTaskItem        NodeType = "taskItem"
	TypeTaskList        NodeType = "taskList"
	TypeText            NodeType = "text"
)

// MarkType says what a mark does. Documents may hold others than these.
type MarkType string

// The mark types of the format.
const (
	MarkAlignment       MarkType = "alignment"
	MarkAnnotation      MarkType = "annotation"
	MarkBackgroundColor MarkType = "backgroundColor"
	MarkBorder          MarkType = "border"
	MarkBreakout        MarkType = "breakout"
	MarkCode            MarkType = "code"
	MarkDataConsumer    MarkType = "dataConsumer"
	MarkEm              MarkType = "em"
	MarkFontSize        MarkType = "fontSize"
	MarkFragment        MarkType = "fragment"
	MarkIndentation     MarkType = "indentation"
	MarkLink            MarkType = "link"
	MarkStrike          MarkType = "strike"
	MarkStrong          MarkType = "strong"
	MarkSubsup          MarkType = "subsup"
	MarkTextColor       MarkType = "textColor"
	MarkUnderline       MarkType = "underline"
)
