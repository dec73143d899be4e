using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>
/// Reads <c>save</c>, flat or nested under <c>storage</c>, into <c>{storage: NAME, args: ..}</c>. This version saves
/// to the event log only.
/// </summary>
internal sealed class SaveReader(ExpressionReader expressions, DiagnosticList problems)
{
    public TemplateTree? Read(YamlNode node, MentionSet mentions)
    {
        if (node is not YamlMap map)
        {
            problems.WrongType(node, "save", "a map with storage and args");
            return null;
        }
        if (Storage(map) is not { } storage) return null;
        if (!Check(storage)) return null;
        var fields = MapFields.Of(map, Dialect.Save, problems);
        var nested = fields["storage"] is YamlMap inner ? MapFields.Of(inner, Dialect.SaveStorage, problems) : null;
        var entries = new List<KeyValuePair<string, TemplateTree>>
        {
            new("storage", ExpressionReader.Verbatim(storage.Text)),
        };
        var own = fields.OneOf("args", "data");
        var within = nested?.OneOf("args", "data");
        if (own is not null && within is not null)
            problems.Error(within.Key.At, DiagnosticCodes.ConflictingKeys, "args stand in save and in storage",
                within.Key.Text, "args at one place", "remove one of them");
        if ((own ?? within) is { } args) entries.Add(new("args", expressions.Tree(args.Value, mentions)));
        return new TemplateTree.MapNode(entries);
    }

    /// <summary>The scalar that names the storage.</summary>
    private YamlScalar? Storage(YamlMap map)
    {
        var named = (string[])["storage", "tool", "type"];
        foreach (var key in named)
        {
            if (map.Find(key) is not { } entry) continue;
            if (entry.Value is YamlMap inner) return Storage(inner);
            return ScalarReading.Text(entry.Value, $"save.{key}", problems) is null ? null : (YamlScalar)entry.Value;
        }
        problems.Error(map.At, DiagnosticCodes.MissingKey, "this save names no storage", null, "storage",
            "storage: event_log");
        return null;
    }

    private bool Check(YamlScalar storage)
    {
        if (!Dialect.Storages.TryGetValue(storage.Text, out var available))
        {
            problems.Error(storage.At, DiagnosticCodes.BadValue, $"'{storage.Text}' is no storage", storage.Text,
                $"one of {string.Join(", ", Dialect.Storages.Keys)}",
                NearestName.Hint(storage.Text, Dialect.Storages.Keys));
            return false;
        }
        if (!available)
            problems.Error(storage.At, DiagnosticCodes.NotAvailable,
                $"save to '{storage.Text}' is not available in this version", storage.Text, "event_log or event",
                "write it with a step of its own");
        return available;
    }
}
