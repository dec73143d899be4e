using System.Text;

namespace KafkaFlow.EngineHost;

/// <summary>
/// The last 4,096 ids that commands of one execution carried; a repeat changes nothing. Ids derived from the position in
/// the log cannot repeat and are not kept. Stored as text, oldest first, U+0000 between (which text of a command never holds).
/// </summary>
internal sealed class SeenIds
{
    public const int Limit = 4096;
    private readonly Queue<string> _order;
    private readonly HashSet<string> _ids;

    private SeenIds(IEnumerable<string> ids)
    {
        _order = new Queue<string>(ids);
        _ids = [.. _order];
    }

    public static SeenIds Read(ReadOnlyMemory<byte>? stored) => stored is { Length: > 0 } bytes
        ? new SeenIds(Encoding.UTF8.GetString(bytes.Span).Split('\0'))
        : new SeenIds([]);

    /// <returns>False if the id was there.</returns>
    public bool Add(string id)
    {
        if (!_ids.Add(id)) return false;
        _order.Enqueue(id);
        if (_order.Count > Limit) _ids.Remove(_order.Dequeue());
        return true;
    }

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(string.Join('\0', _order));
}
