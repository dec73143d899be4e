namespace KafkaFlow.Playbooks.Reading;

/// <summary>Merges maps of templates by key; the order of the lower one is kept.</summary>
internal static class ToolMerge
{
    public static TemplateTree.MapNode? Over(TemplateTree? under, TemplateTree.MapNode? over)
    {
        if (under is not TemplateTree.MapNode below) return over;
        if (over is null) return below;
        var entries = below.Entries.ToList();
        foreach (var entry in over.Entries)
        {
            var at = entries.FindIndex(known => known.Key == entry.Key);
            if (at < 0) entries.Add(entry);
            else entries[at] = entry;
        }
        return new(entries);
    }
}
