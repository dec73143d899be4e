using System.Text.Json;

namespace KafkaFlow.Serdes.Json;

/// <summary>
/// The keys of the objects that are open, to find one that stands twice. Small objects are compared one by one; a large
/// one gets a set, so that hostile input costs no square. Reused, so that small objects allocate nothing; one thread.
/// </summary>
internal sealed class KeysInScope
{
    private const int Small = 12;

    // Unescaped keys one behind the other, and where each begins and ends.
    private readonly List<(int Start, int End)> _keys = [];
    private readonly List<(int FirstKey, HashSet<string>? Set)> _objects = [];
    private byte[] _text = new byte[256];

    public void Clear()
    {
        _keys.Clear();
        _objects.Clear();
    }

    public void Enter() => _objects.Add((_keys.Count, null));

    public void Leave()
    {
        var first = _objects[^1].FirstKey;
        _keys.RemoveRange(first, _keys.Count - first);
        _objects.RemoveAt(_objects.Count - 1);
    }

    /// <returns>false if the innermost object has this key already.</returns>
    public bool Add(ref Utf8JsonReader reader)
    {
        var (first, set) = _objects[^1];
        if (set is not null) return set.Add(reader.GetString()!);

        var start = _keys.Count == 0 ? 0 : _keys[^1].End;
        if (_text.Length < start + reader.ValueSpan.Length)
            Array.Resize(ref _text, Math.Max(2 * _text.Length, start + reader.ValueSpan.Length));
        var end = start + reader.CopyString(_text.AsSpan(start));
        var key = _text.AsSpan(start, end - start);
        for (var i = first; i < _keys.Count; i++)
            if (key.SequenceEqual(_text.AsSpan(_keys[i].Start, _keys[i].End - _keys[i].Start))) return false;
        _keys.Add((start, end));
        if (_keys.Count - first > Small) _objects[^1] = (first, ToSet(first));
        return true;
    }

    private HashSet<string> ToSet(int first) =>
        [.. _keys.Skip(first).Select(k => System.Text.Encoding.UTF8.GetString(_text, k.Start, k.End - k.Start))];
}
