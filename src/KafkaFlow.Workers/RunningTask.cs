using System.Collections.Concurrent;
using System.Diagnostics;
using KafkaFlow.Contracts;

namespace KafkaFlow.Workers;

/// <summary>
/// A task from its start to its answer. Running, then handed over (its <c>action_started</c> is acknowledged,
/// heartbeats keep it alive), then closed. Thread-safe.
/// </summary>
internal sealed class RunningTask : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _cancel = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly List<TaskDelivery> _deliveries = [];
    private bool _handedOver;
    private bool _closed;

    public RunningTask(TaskRecord task, TaskDelivery delivery, TaskContext context, TimeSpan cancelGrace)
    {
        Task = task;
        Context = context;
        _deliveries.Add(delivery);
        Cancel = _cancel.Token;
        Abandon = _abandon.Token;
        _cancel.Token.UnsafeRegister(_ => _abandon.CancelAfter(cancelGrace), null);
    }

    public TaskRecord Task { get; }
    public TaskContext Context { get; }
    public TaskIdentity Id => TaskIdentity.Of(Task);
    public long StartedAt { get; } = Stopwatch.GetTimestamp();
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(StartedAt);

    /// <summary>The handler must stop.</summary>
    public CancellationToken Cancel { get; }

    /// <summary>The handler did not stop in time.</summary>
    public CancellationToken Abandon { get; }

    /// <summary>Why it was stopped, if not by its timeout.</summary>
    public TaskControl? Control { get; private set; }

    public bool StoppedByShutdown { get; private set; }

    /// <summary>Of the pulse's thread only: when action_started and the last heartbeat went out; 0 before.</summary>
    public long ReportedAt { get; set; }

    public void LimitTo(TimeSpan limit) => _cancel.CancelAfter(limit);

    public void Stop(TaskControl? control)
    {
        lock (_gate)
        {
            if (_closed) return;
            Control ??= control;
            StoppedByShutdown |= control is null;
        }
        try
        {
            _cancel.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return; // it ended meanwhile
        }
    }

    /// <summary>The same record again, while the work is under way: it gets an answer of its own.</summary>
    /// <returns>false if the task has ended meanwhile.</returns>
    public bool TryAttach(TaskDelivery delivery)
    {
        lock (_gate)
        {
            if (_closed) return false;
            _deliveries.Add(delivery);
            if (_handedOver) delivery.Done();
            return true;
        }
    }

    /// <summary>action_started is acknowledged: from now on the engine's heartbeat timer owns the task.</summary>
    public void HandOver()
    {
        lock (_gate)
        {
            _handedOver = true;
            if (_closed) return;
            foreach (var delivery in _deliveries) delivery.Done();
        }
    }

    /// <returns>The records to answer.</returns>
    public IReadOnlyList<TaskDelivery> Close()
    {
        lock (_gate)
        {
            _closed = true;
            return _deliveries;
        }
    }

    public void Dispose()
    {
        _cancel.Dispose();
        _abandon.Dispose();
    }
}

/// <summary>The tasks that run in this process.</summary>
internal sealed class RunningTasks
{
    private readonly ConcurrentDictionary<TaskIdentity, RunningTask> _tasks = new();

    public int Count => _tasks.Count;

    /// <summary>A view that may change while it is read.</summary>
    public IEnumerable<RunningTask> All => _tasks.Select(pair => pair.Value);

    public bool TryAdd(RunningTask task) => _tasks.TryAdd(task.Id, task);

    public RunningTask? Find(TaskIdentity id) => _tasks.GetValueOrDefault(id);

    public void Remove(RunningTask task) => _tasks.TryRemove(new(task.Id, task));

    public void Stop(TaskControl control)
    {
        foreach (var task in All.Where(t => t.Task.TaskId == control.TaskId)) task.Stop(control);
    }
}
