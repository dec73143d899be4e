using YamlDotNet.Core;

namespace KafkaFlow.Playbooks.Yaml;

/// <summary>Line and column in a source, from 1.</summary>
internal readonly record struct Position(int Line, int Column) : IComparable<Position>
{
    public int CompareTo(Position other) =>
        Line != other.Line ? Line.CompareTo(other.Line) : Column.CompareTo(other.Column);
}

/// <summary>A node of a YAML document that knows where it stands.</summary>
internal abstract class YamlNode(Position at)
{
    public Position At { get; } = at;

    /// <summary>What the node is, in the words of a diagnostic; never its content.</summary>
    public abstract string Kind { get; }
}

internal sealed class YamlScalar(Position at, string text, ScalarStyle style) : YamlNode(at)
{
    public string Text { get; } = text;

    public ScalarStyle Style { get; } = style;

    public ScalarType Type { get; } = ScalarTyping.Of(text, style);

    public bool IsText => Type == ScalarType.Text;

    public bool IsNull => Type == ScalarType.Null;

    public override string Kind => Type switch
    {
        ScalarType.Text => "text",
        ScalarType.Null => "nothing",
        ScalarType.True or ScalarType.False => "a boolean",
        _ => "a number",
    };
}

internal sealed class YamlList(Position at, IReadOnlyList<YamlNode> items) : YamlNode(at)
{
    public IReadOnlyList<YamlNode> Items { get; } = items;

    public override string Kind => "a list";
}

/// <summary>A map with text keys, each once, in document order.</summary>
internal sealed class YamlMap(Position at, IReadOnlyList<YamlEntry> entries) : YamlNode(at)
{
    public IReadOnlyList<YamlEntry> Entries { get; } = entries;

    public override string Kind => "a map";

    public YamlEntry? Find(string key) => Entries.FirstOrDefault(e => e.Key.Text == key);
}

internal sealed record YamlEntry(YamlScalar Key, YamlNode Value);
