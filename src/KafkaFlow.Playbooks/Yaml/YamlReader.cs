using System.Text;
using KafkaFlow.Playbooks.Reading;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace KafkaFlow.Playbooks.Yaml;

/// <summary>
/// Source text to a positioned tree: one document, no tags, no anchors or aliases, text keys each once, bounded depth
/// and size. What stops the reading gives one diagnostic and no tree.
/// </summary>
internal sealed class YamlReader
{
    private readonly Scanner _scanner;
    private readonly Parser _parser;
    private readonly DiagnosticList _problems;
    private int _nodes;
    private bool _stopped;

    private YamlReader(string source, DiagnosticList problems)
    {
        _scanner = new Scanner(new StringReader(BlockScalarBlanks.Emptied(source)), skipComments: true);
        _parser = new Parser(_scanner);
        _problems = problems;
    }

    /// <returns>The tree, or null if it could not be read; then <paramref name="problems"/> says why.</returns>
    public static YamlNode? Read(string source, DiagnosticList problems)
    {
        var bytes = Encoding.UTF8.GetByteCount(source);
        if (bytes > PlaybookLimits.MaxSourceBytes)
        {
            problems.Error(new(1, 1), DiagnosticCodes.TooLarge, "the source is too large",
                $"{bytes} bytes", $"at most {PlaybookLimits.MaxSourceBytes} bytes");
            return null;
        }
        try
        {
            return new YamlReader(source, problems).ReadDocument();
        }
        catch (YamlException e)
        {
            problems.Error(InSource(At(e.Start), source), DiagnosticCodes.YamlSyntax, $"this is no YAML: {e.Message}",
                expected: "one YAML document", hint: "check indentation, quotes and brackets at this place");
            return null;
        }
    }

    private YamlNode? ReadDocument()
    {
        Next();
        if (_parser.Current is StreamStart) Next();
        if (_parser.Current is not DocumentStart)
        {
            _problems.Error(new(1, 1), DiagnosticCodes.YamlSyntax, "the source holds no document", "nothing",
                "a map with apiVersion, kind, metadata and workflow");
            return null;
        }
        Next();
        var root = ReadNode(depth: 1);
        if (_stopped) return null;
        Next();
        if (_parser.Current is not DocumentStart second) return root;
        return Stop(At(second.Start), DiagnosticCodes.YamlSyntax, "the source holds several documents",
            "a second document", "one document", "put each playbook into a file of its own");
    }

    private YamlNode? ReadNode(int depth)
    {
        var current = _parser.Current ?? throw new InvalidOperationException("the YAML events end inside a node");
        var at = At(current.Start);
        if (++_nodes > PlaybookLimits.MaxNodes)
            return Stop(at, DiagnosticCodes.TooLarge, "the source has too many nodes", null,
                $"at most {PlaybookLimits.MaxNodes} maps, lists and scalars");
        if (depth > PlaybookLimits.MaxDepth)
            return Stop(at, DiagnosticCodes.TooLarge, "the source is nested too deeply", null,
                $"at most {PlaybookLimits.MaxDepth} levels");
        if (current is NodeEvent node) RefuseDecoration(node, at);
        switch (current)
        {
            case Scalar scalar:
                Next();
                return new YamlScalar(at, scalar.Value, scalar.Style);
            case SequenceStart: return ReadList(at, depth);
            case MappingStart: return ReadMap(at, depth);
            default:
                return Stop(at, DiagnosticCodes.AliasNotAllowed, "aliases are not allowed", "an alias",
                    "the value itself", "write the value out where it is used");
        }
    }

    private void RefuseDecoration(NodeEvent node, Position at)
    {
        if (!node.Anchor.IsEmpty)
            _problems.Error(at, DiagnosticCodes.AliasNotAllowed, "anchors are not allowed", $"&{node.Anchor.Value}",
                "the value alone", "write the value out where it is used");
        if (!node.Tag.IsEmpty)
            _problems.Error(at, DiagnosticCodes.TagNotAllowed, "tags are not allowed", node.Tag.ToString(),
                "the value alone", "quote the value if it has to be text");
    }

    private YamlList? ReadList(Position at, int depth)
    {
        Next();
        var items = new List<YamlNode>();
        while (_parser.Current is not SequenceEnd)
        {
            if (ReadNode(depth + 1) is not { } item) return null;
            items.Add(item);
        }
        Next();
        return new YamlList(at, items);
    }

    private YamlMap? ReadMap(Position at, int depth)
    {
        Next();
        var entries = new List<YamlEntry>();
        var seen = new Dictionary<string, Position>(StringComparer.Ordinal);
        while (_parser.Current is not MappingEnd)
        {
            if (ReadNode(depth + 1) is not { } key || ReadNode(depth + 1) is not { } value) return null;
            if (key is not YamlScalar name)
                _problems.WrongType(key, "a key", "text");
            else if (!seen.TryAdd(name.Text, name.At))
                _problems.Error(name.At, DiagnosticCodes.DuplicateKey, $"the key '{name.Text}' stands twice in one map",
                    name.Text, "each key once", $"the first one is in line {seen[name.Text].Line}");
            else
                entries.Add(new(name, value));
        }
        Next();
        return new YamlMap(at, entries);
    }

    /// <summary>The scanner breaks its own invariants on some wrong texts: a syntax error too.</summary>
    private void Next()
    {
        try
        {
            if (_parser.MoveNext()) return;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            var at = _scanner.CurrentPosition;
            throw new SyntaxErrorException(at, at, "Unexpected text in this structure.");
        }
        throw new InvalidOperationException("the YAML events end before the document does");
    }

    private YamlNode? Stop(
        Position at, string code, string message, string? found, string? expected, string? hint = null)
    {
        _stopped = true;
        _problems.Error(at, code, message, found, expected, hint);
        return null;
    }

    private static Position At(Mark mark) => new(Math.Max(1, (int)mark.Line), Math.Max(1, (int)mark.Column));

    /// <summary>A scanner's complaint may stand behind the last character.</summary>
    private static Position InSource(Position at, string source)
    {
        var lines = new SourceLines(source);
        return at.Line <= lines.Count ? at : new(lines.Count, 1);
    }
}
