using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>A map read by the keys its place knows; every other key is reported once, on creation.</summary>
internal sealed class MapFields
{
    private readonly YamlMap _map;
    private readonly DiagnosticList _problems;
    private readonly string _place;

    private MapFields(YamlMap map, string place, DiagnosticList problems) =>
        (_map, _place, _problems) = (map, place, problems);

    public Position At => _map.At;

    /// <summary>True if a key was refused, so that a missing one is not worth a second diagnostic.</summary>
    public bool HasRefusedKeys { get; private set; }

    public static MapFields Of(YamlMap map, KeySet keys, DiagnosticList problems)
    {
        var fields = new MapFields(map, keys.Place, problems);
        foreach (var entry in map.Entries) fields.Check(entry.Key, keys);
        return fields;
    }

    /// <returns>The fields, or null with a diagnostic if the node is no map.</returns>
    public static MapFields? Of(YamlNode node, KeySet keys, DiagnosticList problems, string what)
    {
        if (node is YamlMap map) return Of(map, keys, problems);
        problems.WrongType(node, what, $"a map with {string.Join(", ", keys.Known)}");
        return null;
    }

    public YamlNode? this[string key] => _map.Find(key)?.Value;

    public YamlEntry? Entry(string key) => _map.Find(key);

    /// <returns>The node of a key that has to be there, or null with a diagnostic.</returns>
    public YamlNode? Require(string key, string? hint = null)
    {
        if (this[key] is { } node) return node;
        if (!HasRefusedKeys)
            _problems.Error(At, DiagnosticCodes.MissingKey, $"this {_place} has no '{key}'", null, key, hint);
        return null;
    }

    /// <returns>The first of several synonyms; two of them together are reported.</returns>
    public YamlEntry? OneOf(params string[] synonyms)
    {
        YamlEntry? found = null;
        foreach (var key in synonyms)
        {
            if (_map.Find(key) is not { } entry) continue;
            if (found is null) found = entry;
            else
                _problems.Error(entry.Key.At, DiagnosticCodes.ConflictingKeys,
                    $"'{found.Key.Text}' and '{key}' mean the same", key, $"one of {string.Join(", ", synonyms)}",
                    "remove one of them");
        }
        return found;
    }

    private void Check(YamlScalar key, KeySet keys)
    {
        if (keys.Known.Contains(key.Text)) return;
        HasRefusedKeys = true;
        if (keys.Unavailable.Contains(key.Text))
            _problems.Error(key.At, DiagnosticCodes.NotAvailable,
                $"'{key.Text}' of a {keys.Place} is not available in this version", key.Text,
                $"one of {string.Join(", ", keys.Known)}", $"remove '{key.Text}'");
        else
            _problems.Error(key.At, DiagnosticCodes.UnknownKey, $"unknown key '{key.Text}' in {keys.Place}", key.Text,
                $"one of {string.Join(", ", keys.Known)}", _problems.IsFull ? null : keys.HintFor(key.Text));
    }
}
