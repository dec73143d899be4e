using System.Collections.Concurrent;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker;

/// <summary>
/// Faults that a test asks for: requests that fail or wait, connections that break, a broker that freezes, or that
/// crashes at a named point. Without any it costs one comparison a request.
/// </summary>
public sealed class BrokerFaults
{
    /// <summary>Points at which <see cref="CrashAt"/> can crash, in the order of a transaction's end.</summary>
    public static readonly IReadOnlyList<string> CrashPoints =
    [
        "produce-before-write", "produce-after-write", "txn-begin-persisted", "txn-before-prepare", "txn-prepared",
        "txn-marker-written", "txn-markers-written", "txn-completed", "offsets-before-write", "offsets-written",
        "catalog-before-write", "catalog-written", "clean-before-swap", "clean-swapped",
    ];

    private readonly ConcurrentDictionary<ApiKey, ConcurrentQueue<Fault>> _faults = new();
    private readonly ConcurrentDictionary<string, int> _crashes = new();
    private volatile TaskCompletionSource? _frozen;
    private volatile string? _crashedAt;
    private long _dropAfterBytes = -1;

    internal event Action? Crashed;

    /// <summary>The point of the crash, null while none has happened.</summary>
    public string? CrashedAt => _crashedAt;

    /// <summary>The next <paramref name="count"/> requests of a kind break their connection without an answer, after or
    /// before the broker has done them.</summary>
    public void FailNext(ApiKey api, int count, bool afterHandling = false) =>
        Add(api, count, new(TimeSpan.Zero, Breaks: true, afterHandling));

    /// <summary>The next <paramref name="count"/> requests of a kind wait before they are done.</summary>
    public void DelayNext(ApiKey api, int count, TimeSpan delay) => Add(api, count, new(delay, Breaks: false, false));

    /// <summary>The connection that sends this many more bytes of answers breaks in their middle.</summary>
    public void DropConnectionAfter(long bytes) => Interlocked.Exchange(ref _dropAfterBytes, bytes);

    /// <summary>Stops answering until <see cref="Thaw"/>; connections stay.</summary>
    public void Freeze() => _frozen ??= new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw() => Interlocked.Exchange(ref _frozen, null)?.TrySetResult();

    /// <summary>The <paramref name="times"/>-th passing of a point crashes: nothing is written from then on and all
    /// connections end. The broker object still must be disposed.</summary>
    public void CrashAt(string point, int times = 1)
    {
        if (!CrashPoints.Contains(point))
            throw new ArgumentException(
                $"crash point: expected one of {string.Join(", ", CrashPoints)}, found {point}");
        _crashes[point] = times;
    }

    /// <summary>Crashes now, as kill -9 does.</summary>
    public void CrashNow() => Crash("now");

    internal void ThrowIfCrashed()
    {
        if (_crashedAt is { } point) throw new BrokerCrashedException(point);
    }

    internal void Pass(string point)
    {
        if (_crashes.IsEmpty) return;
        ThrowIfCrashed();
        if (!_crashes.ContainsKey(point)) return;
        if (_crashes.AddOrUpdate(point, 0, (_, left) => left - 1) > 0) return;
        Crash(point);
        throw new BrokerCrashedException(point);
    }

    internal Fault? Next(ApiKey api) =>
        !_faults.IsEmpty && _faults.TryGetValue(api, out var queue) && queue.TryDequeue(out var fault) ? fault : null;

    internal Task Frozen => _frozen?.Task ?? Task.CompletedTask;

    /// <returns>How many bytes of an answer still go out before the connection breaks; null for all.</returns>
    internal int? BytesBeforeDrop(int length)
    {
        if (Interlocked.Read(ref _dropAfterBytes) < 0) return null;
        var left = Interlocked.Add(ref _dropAfterBytes, -length);
        if (left >= 0) return null;
        Interlocked.Exchange(ref _dropAfterBytes, -1);
        return (int)Math.Max(0, length + left);
    }

    private void Crash(string point)
    {
        _crashedAt = point;
        Crashed?.Invoke();
    }

    private void Add(ApiKey api, int count, Fault fault)
    {
        var queue = _faults.GetOrAdd(api, _ => new());
        for (; count > 0; count--) queue.Enqueue(fault);
    }

    internal sealed record Fault(TimeSpan Delay, bool Breaks, bool AfterHandling);
}
