namespace KafkaFlow.Playbooks.Reading;

/// <summary>
/// The keys of one place of the dialect. A part of the dialect becomes available by moving its key from
/// <paramref name="NotAvailable"/> to <paramref name="Known"/>.
/// </summary>
/// <param name="Place">Name of the place in diagnostics.</param>
/// <param name="Known">What this version runs.</param>
/// <param name="NotAvailable">What the dialect has and this version refuses by name.</param>
/// <param name="Elsewhere">Keys of older or other dialects, with what to write instead.</param>
internal sealed record KeySet(
    string Place, IReadOnlyList<string> Known, IReadOnlyList<string>? NotAvailable = null,
    IReadOnlyDictionary<string, string>? Elsewhere = null)
{
    public IReadOnlyList<string> Unavailable => NotAvailable ?? [];

    public string? HintFor(string key)
    {
        if (Elsewhere is not null && Elsewhere.TryGetValue(key, out var instead)) return instead;
        return NearestName.Hint(key, Known.Concat(Unavailable));
    }
}
