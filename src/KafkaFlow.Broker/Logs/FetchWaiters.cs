namespace KafkaFlow.Broker.Logs;

/// <summary>Fetches parked on a partition until something is written or changes.</summary>
internal sealed class FetchWaiters
{
    private readonly Lock _gate = new();
    private readonly List<FetchWaiter> _waiters = [];

    public void Add(FetchWaiter waiter)
    {
        lock (_gate) _waiters.Add(waiter);
    }

    public void Remove(FetchWaiter waiter)
    {
        lock (_gate) _waiters.Remove(waiter);
    }

    public void Wake()
    {
        lock (_gate)
        {
            foreach (var waiter in _waiters) waiter.Wake();
        }
    }
}

/// <summary>One parked fetch. It may be woken any number of times; each wait ends with the first since the
/// last.</summary>
internal sealed class FetchWaiter : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private TaskCompletionSource<bool> _next = New();
    private bool _late;

    public FetchWaiter(TimeProvider clock, TimeSpan limit) =>
        _timer = clock.CreateTimer(_ => End(), null, limit, Timeout.InfiniteTimeSpan);

    public void Wake()
    {
        lock (_gate) _next.TrySetResult(true);
    }

    /// <returns>False when the time is over.</returns>
    public async ValueTask<bool> WaitAsync(CancellationToken cancel)
    {
        Task<bool> next;
        lock (_gate) next = _next.Task;
        await using var registration = cancel.UnsafeRegister(static waiter => ((FetchWaiter)waiter!).End(), this);
        await next;
        lock (_gate)
        {
            _next = New();
            if (_late) _next.TrySetResult(true);
            return !_late;
        }
    }

    public void Dispose() => _timer.Dispose();

    private static TaskCompletionSource<bool> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void End()
    {
        lock (_gate)
        {
            _late = true;
            _next.TrySetResult(true);
        }
    }
}
