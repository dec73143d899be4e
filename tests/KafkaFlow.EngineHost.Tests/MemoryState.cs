using System.Text;
using KafkaFlow.Streams;

namespace KafkaFlow.EngineHost.Tests;

/// <summary>State and timers of a partition in memory, in the order of the store.</summary>
internal sealed class MemoryState : IStateView
{
    private readonly SortedDictionary<string, byte[]> _entries = new(StringComparer.Ordinal); // keys as Latin-1: byte order
    private readonly SortedDictionary<string, long> _timers = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> Timers => _timers;

    public MemoryState Copy()
    {
        var copy = new MemoryState();
        foreach (var (key, value) in _entries) copy._entries.Add(key, value);
        foreach (var (key, due) in _timers) copy._timers.Add(key, due);
        return copy;
    }

    public ReadOnlyMemory<byte>? Get(ReadOnlySpan<byte> key) =>
        _entries.TryGetValue(Encoding.Latin1.GetString(key), out var value) ? value : default(ReadOnlyMemory<byte>?);

    public IEnumerable<KeyValuePair<byte[], byte[]>> Scan(byte[] prefix)
    {
        var start = Encoding.Latin1.GetString(prefix);
        foreach (var (key, value) in _entries)
            if (key.StartsWith(start, StringComparison.Ordinal)) yield return new(Encoding.Latin1.GetBytes(key), value);
    }

    public void Apply(Effects effects)
    {
        foreach (var (key, value) in effects.Changes)
            if (value is null) _entries.Remove(Encoding.Latin1.GetString(key));
            else _entries[Encoding.Latin1.GetString(key)] = value;
        foreach (var (id, due) in effects.Timers)
            if (due is null) _timers.Remove(Encoding.UTF8.GetString(id));
            else _timers[Encoding.UTF8.GetString(id)] = due.Value;
    }

    /// <summary>All entries and timers, readable in a failed comparison.</summary>
    public IReadOnlyList<string> Lines =>
    [
        .. _entries.Select(e => $"{e.Key} = {Encoding.Latin1.GetString(e.Value)}"),
        .. _timers.Select(t => $"timer {t.Key} = {t.Value}"),
    ];
}
