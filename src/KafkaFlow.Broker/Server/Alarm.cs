namespace KafkaFlow.Broker.Server;

/// <summary>
/// One time-out that is put off again and again. The owner's lock guards it: the action is called without it and asks
/// <see cref="TakeIfDue"/> under it, so that a time-out that was put off meanwhile does nothing.
/// </summary>
internal sealed class Alarm : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private long _due = long.MaxValue;

    public Alarm(TimeProvider clock, Action ring)
    {
        _clock = clock;
        _timer = clock.CreateTimer(_ => ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool IsSet => _due != long.MaxValue;

    public void Set(TimeSpan after)
    {
        _due = _clock.GetTimestamp() + (long)(after.TotalSeconds * _clock.TimestampFrequency);
        _timer.Change(after, Timeout.InfiniteTimeSpan);
    }

    public void Cancel()
    {
        _due = long.MaxValue;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <returns>True once when the time is over.</returns>
    public bool TakeIfDue()
    {
        if (!IsSet) return false;
        var left = _due - _clock.GetTimestamp();
        if (left > 0)
        {
            _timer.Change(TimeSpan.FromSeconds((double)left / _clock.TimestampFrequency), Timeout.InfiniteTimeSpan);
            return false;
        }
        _due = long.MaxValue;
        return true;
    }

    public void Dispose() => _timer.Dispose();
}
