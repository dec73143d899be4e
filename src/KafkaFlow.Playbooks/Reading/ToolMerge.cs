namespace KafkaFlow.Playbooks.Reading;

/// <summary>Merges maps of templates by key; the order of the lower one is kept.</summary>
internal static class ToolMerge
{
    public static TemplateTree.MapNode? Over(TemplateTree? under, TemplateTree.MapNode? over)
    {
        if (under is not TemplateTree.MapNode below) return over;
        if (over is null) return below;
        var entries = below.Entries.ToList();
        var places = entries.Select((e, at) => (e.Key, at)).ToDictionary(e => e.Key, e => e.at, StringComparer.Ordinal);
        foreach (var entry in over.Entries)
        {
            if (places.TryGetValue(entry.Key, out var at)) entries[at] = entry;
            else entries.Add(entry);
        }
        return new(entries);
    }
}
