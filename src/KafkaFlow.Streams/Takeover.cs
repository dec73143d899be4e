using System.Collections.Concurrent;
using System.Diagnostics;
using Confluent.Kafka;
using KafkaFlow.Kafka;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Streams;

/// <summary>What a takeover has established; the owner's thread goes on from here.</summary>
/// <param name="Committed">The last checkpoint of the partition as the changelog has it; null if there never was one.</param>
/// <param name="Input">Offset from which input is read: what lies below is in the store.</param>
/// <param name="Next">Lowest offset that may be decided; input below it was decided by earlier terms.</param>
/// <param name="From">Where adoption begins.</param>
/// <param name="OwnerOffset">Of the term's own owner record; adoption ends there.</param>
internal sealed record TakenOver(
    Term Term, Guid History, StateStore Store, TimerQueue Timers, RecordProducer Facts, StorePosition? Committed,
    long Input, long Next, FactCursor From, long OwnerOffset);

/// <summary>
/// The waiting part of a takeover, on a thread of its own: stable offset and barrier (R1), epoch (R2), the changelog up
/// to the own fence, the owner record (R3), and fetching the facts to adopt (R7). It calls no processor: the owner's
/// thread applies what is fetched, in slices, so that other partitions go on and the group's poll is never late.
/// </summary>
internal sealed class Takeover : IDisposable
{
    private const int BatchesAhead = 16;
    private readonly TakeoverPath _path;
    private readonly int _partition;
    private readonly Assignment _assignment;
    private readonly CancellationTokenSource _stop;
    private readonly BlockingCollection<List<ConsumeResult<byte[]?, byte[]?>>> _facts = new(BatchesAhead);
    private readonly Thread _thread;
    private TakenOver? _result;
    private StateStore? _store;
    private RecordProducer? _factProducer;

    public Takeover(TakeoverPath path, int partition, Assignment assignment)
    {
        _path = path;
        _partition = partition;
        _assignment = assignment;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(path.Failure.Stopping);
        _thread = new(Run) { IsBackground = true, Name = $"kf-takeover-{partition}" };
        _thread.Start();
    }

    /// <summary>null until the owner record is appended.</summary>
    public TakenOver? Result => Volatile.Read(ref _result);

    /// <summary>What it waits for, in words.</summary>
    public string WaitsFor { get; private set; } = "the committed offset";

    public bool TryTakeFacts(out List<ConsumeResult<byte[]?, byte[]?>>? batch) => _facts.TryTake(out batch);

    /// <summary>The owner has taken the result and closes what it holds.</summary>
    public bool IsHandedOver { get; set; }

    /// <summary>Ends the thread; what was opened and not handed over is closed.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        if (!_thread.Join(_path.Options.DrainTimeout + _path.Options.TransactionTimeout))
        {
            Log.NotClosed(_path.Logger, _thread.Name!, _path.Options.DrainTimeout);
            return; // it still uses what would be closed
        }
        _stop.Dispose();
        _facts.Dispose();
        if (IsHandedOver) return;
        _store?.Release();
        _factProducer?.Dispose();
    }

    private void Run()
    {
        try
        {
            using var reader = new TakeoverReader(_path.Options.Kafka, _partition, _path.Logger);
            var result = TakeOver(reader);
            Volatile.Write(ref _result, result);
            WaitsFor = "facts of earlier terms";
            reader.ReadFacts(_path.Topology.Facts.Topic, result.From.Offset, result.OwnerOffset,
                batch => _facts.Add(batch, _stop.Token), _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            Log.TakeoverStopped(_path.Logger, _partition);
        }
        catch (StreamsException e) when (e.IsFinal)
        {
            _path.Failure.Report(e);
        }
        catch (Exception e)
        {
            _path.Failure.Report(new StreamsException($"taking over partition {_partition}: {e.Message}", e));
        }
    }

    private TakenOver TakeOver(TakeoverReader reader)
    {
        var started = Stopwatch.GetTimestamp();
        var input = new TopicPartition(_path.Topology.Source.Topic, _partition);
        var low = Ask(() => _path.Consumer.QueryWatermarkOffsets(input, _path.Options.TransactionTimeout).Low.Value);
        var committed = StableOffset(input) ?? low;

        WaitsFor = "the barrier transaction";
        var value = System.Text.Encoding.UTF8.GetBytes($$"""{"instance":"{{_path.Instance}}"}""");
        var job = new FenceJob(_assignment, _partition, committed, value);
        _path.Committer.Submit(job);
        var fence = job.WaitForFence(_stop.Token);
        var term = new Term(_partition, _path.Partitions, fence + 1);

        WaitsFor = "the changelog";
        var meta = reader.LatestMeta(_path.Topology.Store.Changelog, fence, _stop.Token);
        if (meta is not null && meta.Input != committed)
            Log.GroupOffsetDiffers(_path.Logger, _partition, committed, meta.Input);
        _store = Usable(StateStore.Open(Path.Combine(_path.Options.StateDirectory, $"{_partition}")), meta);
        var timers = new TimerQueue();
        foreach (var (id, due) in _store.ScanTimers()) timers.Set(id, due);

        WaitsFor = "the owner record";
        _factProducer = new(
            KafkaClients.GaplessProducerConfig(_path.Options.Kafka, $"kf-facts-{_partition}"), _path.Options.MaxStall, _path.Logger);
        var owner = AppendOwner(term);

        var from = _store.Position;
        var start = meta is null && from is null ? committed : Math.Max(from?.Input ?? low, low);
        var next = Math.Max(start, meta?.Input ?? start);
        RequireInput(input, next);
        Log.TookOver(_path.Logger, _partition, term.Epoch, next, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        return new(term, meta?.History ?? Guid.NewGuid(), _store, timers, _factProducer, meta, start, next,
            from?.Facts ?? FactCursor.Start, owner);
    }

    /// <summary>What is still to be processed must be there: a topic that was cut or made anew is not skipped over.</summary>
    private void RequireInput(TopicPartition input, long next)
    {
        var ends = Ask(() => _path.Consumer.QueryWatermarkOffsets(input, _path.Options.TransactionTimeout));
        if (next < ends.Low.Value || next > ends.High.Value)
            throw new StreamsException(
                $"{input.Topic}-{_partition} holds offsets {ends.Low.Value}..{ends.High.Value}, but the next record to "
                + $"process is {next}: records were deleted, or the topic was made anew under an old changelog")
            { IsFinal = true };
    }

    /// <summary>The store, emptied if it holds anything else than a prefix of what the changelog says is committed.</summary>
    private StateStore Usable(StateStore store, StorePosition? meta)
    {
        var disk = store.Position;
        var isPrefix = disk is not null && meta is not null && disk.History == meta.History
            && disk.Input <= meta.Input && disk.Facts.Offset <= meta.Facts.Offset;
        if (isPrefix) return store;
        if (disk is not null || meta is not null) Log.RebuildsStore(_path.Logger, _partition, store.Directory, disk, meta);
        return store.Wipe();
    }

    /// <summary>Rule H6.1: read_committed, so that a transaction still open on the offset is waited for.</summary>
    private long? StableOffset(TopicPartition input) => Ask<long?>(() =>
    {
        var offset = _path.Consumer.Committed([input], _path.Options.TransactionTimeout)[0].Offset;
        return offset.IsSpecial ? null : offset.Value;
    });

    private T Ask<T>(Func<T> request)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return request();
            }
            catch (KafkaException e) when (Stopwatch.GetElapsedTime(started) < _path.Options.MaxStall)
            {
                Log.TakeoverRetries(_path.Logger, _partition, WaitsFor, e.Message);
                if (_stop.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(50))) throw new OperationCanceledException(_stop.Token);
            }
        }
    }

    private long AppendOwner(Term term)
    {
        var options = _path.Options;
        var appended = new TaskCompletionSource<DeliveryReport<byte[]?, byte[]?>>(
            TaskCreationOptions.RunContinuationsAsynchronously);
        RecordHeader[] headers = [FactHeaders.ControlOwner(), FactHeaders.EpochOf(term.Epoch), .. options.OwnerHeaders];
        _factProducer!.Produce(
            new(_path.Topology.Facts.Topic, _partition), FactHeaders.OwnerKey(_partition, term.Epoch),
            options.OwnerValue(term), TermOutput.ToHeaders(headers), appended.SetResult);
        if (!appended.Task.Wait(options.MaxStall, _stop.Token))
            throw new StreamsException($"the owner record was not acknowledged within {options.MaxStall}");
        var report = appended.Task.Result;
        if (report.Error.IsError || report.Offset.Value < 0)
            throw new StreamsException($"the owner record was not appended: {report.Error.Code} {report.Error.Reason}");
        return report.Offset.Value;
    }
}

/// <summary>What takeovers of an instance use together.</summary>
internal sealed record TakeoverPath(
    StreamsOptions Options, Topology Topology, string Instance, int Partitions, IConsumer<byte[]?, byte[]?> Consumer,
    Committer Committer, InstanceFailure Failure, ILogger Logger);
