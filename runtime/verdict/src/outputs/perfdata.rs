//! A reader of plugin output, written from the monitoring plugins' guidelines and Nagios core, to read back what is
//! encoded.

/// One item of performance data.
#[derive(Debug, PartialEq)]
pub struct PerfdataItem {
    pub label: String,
    pub value: f64,
    pub unit: String,
    pub warning: Option<String>,
    pub critical: Option<String>,
    pub min: Option<f64>,
    pub max: Option<f64>,
}

/// Reads what a plugin printed as Nagios core does: text before the first `|`, data behind it, then long output until
/// a line with a `|`, from which on everything is data.
pub fn read(output: &str) -> Result<(String, Vec<PerfdataItem>, Vec<String>), String> {
    let mut lines = output.strip_suffix('\n').ok_or("no newline at the end")?.split('\n');
    let first = lines.next().ok_or("no line")?;
    let (text, data) = first.split_once('|').unwrap_or((first, ""));
    let further: Vec<String> = lines.map(str::to_owned).collect();
    if data.contains('|') || further.iter().any(|line| line.contains('|')) {
        return Err("a second `|`".to_owned());
    }
    let items = data.split(' ').filter(|item| !item.is_empty()).map(item).collect::<Result<_, _>>()?;
    Ok((text.trim_end_matches(' ').to_owned(), items, further))
}

fn item(text: &str) -> Result<PerfdataItem, String> {
    let (label, rest) = text.split_once('=').ok_or(format!("`{text}` has no `=`"))?;
    if label.is_empty() || !label.chars().all(|it| it.is_ascii_alphanumeric() || "_.,/:-".contains(it)) {
        return Err(format!("`{label}` is a label that readers disagree on"));
    }
    let mut fields = rest.split(';');
    let measured = fields.next().ok_or("no value")?;
    let end = measured.find(|it: char| !it.is_ascii_digit() && it != '.' && it != '-').unwrap_or(measured.len());
    let (value, unit) = measured.split_at(end);
    if !["", "s", "%", "B", "c"].contains(&unit) {
        return Err(format!("`{unit}` is no base unit"));
    }
    let mut next = || fields.next().filter(|field| !field.is_empty()).map(str::to_owned);
    let (warning, critical, min, max) = (next(), next(), next(), next());
    if fields.next().is_some() {
        return Err(format!("`{text}` has too many fields"));
    }
    let bound = |text: Option<String>| text.map(|text| number(&text)).transpose();
    Ok(PerfdataItem {
        label: label.to_owned(),
        value: number(value)?,
        unit: unit.to_owned(),
        warning,
        critical,
        min: bound(min)?,
        max: bound(max)?,
    })
}

fn number(text: &str) -> Result<f64, String> {
    if text.is_empty() || !text.chars().all(|it| it.is_ascii_digit() || "-.".contains(it)) {
        return Err(format!("`{text}` is no number of [-0-9.]"));
    }
    text.parse().map_err(|error| format!("`{text}`: {error}"))
}
