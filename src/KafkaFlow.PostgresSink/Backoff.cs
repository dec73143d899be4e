namespace KafkaFlow.PostgresSink;

/// <summary>Waits between attempts: doubled from the first to the longest.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private int _taken;

    public TimeSpan Next()
    {
        var delay = first;
        for (var i = 0; i < _taken && delay < longest; i++) delay *= 2;
        _taken++;
        return delay < longest ? delay : longest;
    }

    public void Reset() => _taken = 0;
}
