package adf

// emoji are the short names that Markdown knows, with what they look like.
var emoji = map[string]string{
	"+1": "👍", "-1": "👎", "thumbsup": "👍", "thumbsdown": "👎", "clap": "👏", "wave": "👋", "pray": "🙏", "muscle": "💪",
	"ok_hand": "👌", "point_right": "👉", "point_left": "👈", "point_up": "☝️", "point_down": "👇", "raised_hands": "🙌",
	"eyes": "👀", "smile": "😄", "smiley": "😃", "grin": "😁", "grinning": "😀", "laughing": "😆", "joy": "😂", "wink": "😉",
	"blush": "😊", "slight_smile": "🙂", "upside_down": "🙃", "heart_eyes": "😍", "sunglasses": "😎", "thinking": "🤔",
	"neutral_face": "😐", "confused": "😕", "disappointed": "😞", "worried": "😟", "cry": "😢", "sob": "😭", "angry": "😠",
	"rage": "😡", "scream": "😱", "sweat_smile": "😅", "flushed": "😳", "sleeping": "😴", "sneezing_face": "🤧",
	"heart": "❤️", "broken_heart": "💔", "star": "⭐", "sparkles": "✨", "fire": "🔥", "tada": "🎉", "rocket": "🚀",
	"boom": "💥", "zap": "⚡", "100": "💯", "trophy": "🏆", "medal": "🏅", "gift": "🎁", "bulb": "💡", "bell": "🔔",
	"white_check_mark": "✅", "heavy_check_mark": "✔️", "ballot_box_with_check": "☑️", "x": "❌", "cross_mark": "❌",
	"negative_squared_cross_mark": "❎", "warning": "⚠️", "no_entry": "⛔", "no_entry_sign": "🚫", "stop_sign": "🛑",
	"question": "❓", "grey_question": "❔", "exclamation": "❗", "grey_exclamation": "❕", "bangbang": "‼️",
	"information_source": "ℹ️", "red_circle": "🔴", "yellow_circle": "🟡", "green_circle": "🟢", "blue_circle": "🔵",
	"white_circle": "⚪", "black_circle": "⚫", "arrow_up": "⬆️", "arrow_down": "⬇️", "arrow_left": "⬅️",
	"arrow_right": "➡️", "arrows_counterclockwise": "🔄", "recycle": "♻️", "bug": "🐛", "beetle": "🐞", "ant": "🐜",
	"lock": "🔒", "unlock": "🔓", "key": "🔑", "hammer": "🔨", "wrench": "🔧", "gear": "⚙️", "construction": "🚧",
	"package": "📦", "memo": "📝", "book": "📖", "books": "📚", "bookmark": "🔖", "link": "🔗", "paperclip": "📎",
	"pushpin": "📌", "calendar": "📅", "chart_with_upwards_trend": "📈", "chart_with_downwards_trend": "📉",
	"bar_chart": "📊", "mag": "🔍", "computer": "💻", "iphone": "📱", "email": "📧", "phone": "☎️", "hourglass": "⌛",
	"stopwatch": "⏱️", "alarm_clock": "⏰", "watch": "⌚", "test_tube": "🧪", "microscope": "🔬", "dart": "🎯",
	"coffee": "☕", "beer": "🍺", "pizza": "🍕", "cake": "🍰", "sun": "☀️", "cloud": "☁️", "snowflake": "❄️",
	"rainbow": "🌈", "earth_africa": "🌍", "earth_americas": "🌎", "globe_with_meridians": "🌐", "checkered_flag": "🏁",
	"triangular_flag_on_post": "🚩", "robot": "🤖", "ghost": "👻", "skull": "💀", "poop": "💩", "clown": "🤡",
	"see_no_evil": "🙈", "snail": "🐌", "turtle": "🐢", "unicorn": "🦄", "art": "🎨", "lipstick": "💄", "ambulance": "🚑",
}
