using System.Collections.Immutable;

namespace KafkaFlow.Engine;

/// <summary>The values under <c>a</c>.</summary>
internal static class ActivationCodec
{
    private const byte Layout = 3;

    public static byte[] Write(ActivationState step)
    {
        var writer = new StateWriter(Layout);
        writer.Text(step.Id);
        writer.Text(step.Step);
        writer.Text(step.NodeType);
        writer.Byte((byte)step.Phase);
        writer.Long(step.StartSeq);
        writer.Time(step.StartedAt);
        writer.Long(step.GraphVersion);
        writer.Numbers(step.Taken);
        writer.Numbers(step.Absorbed);
        writer.Texts(step.Sources);
        writer.Text(step.Args);
        writer.Long(step.Attempt);
        writer.Long(step.Lost);
        writer.Long(step.Failures);
        writer.Text(step.TaskHash);
        writer.Numbers(step.StaleAttempts);
        writer.Flag(step.Work is not null);
        if (step.Work is { } work) Write(writer, work);
        writer.Flag(step.Loop is not null);
        if (step.Loop is { } loop) Write(writer, loop);
        writer.Flag(step.Wait is not null);
        if (step.Wait is { } wait) Write(writer, wait);
        writer.Long(step.EndSeq);
        writer.Text(step.Result);
        writer.Text(step.ResultFrom);
        writer.Long(step.Holders);
        writer.Text(step.Error);
        writer.Long(step.Out.Length);
        foreach (var (edge, state, to, args) in step.Out)
        {
            writer.Long(edge);
            writer.Byte((byte)state);
            writer.Text(to);
            writer.Text(args);
        }
        writer.Text(step.Compensate);
        return writer.ToArray();
    }

    public static ActivationState Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, Layout, "an activation");
        return new()
        {
            Id = reader.Text(),
            Step = reader.Text(),
            NodeType = reader.OptionalText(),
            Phase = (ActivationPhase)reader.Byte(),
            StartSeq = reader.Long(),
            StartedAt = reader.Time(),
            GraphVersion = reader.Int(),
            Taken = reader.Numbers(),
            Absorbed = reader.Numbers(),
            Sources = reader.Texts(),
            Args = reader.OptionalText(),
            Attempt = reader.Int(),
            Lost = reader.Int(),
            Failures = reader.Int(),
            TaskHash = reader.OptionalText(),
            StaleAttempts = reader.Numbers(),
            Work = !reader.Flag() ? null : ReadWork(ref reader),
            Loop = !reader.Flag() ? null : new(reader.Int(), reader.Int(), reader.Int(), reader.Int(), reader.Int(),
                reader.OptionalTime()),
            Wait = !reader.Flag() ? null : new(reader.OptionalText(), reader.Texts(), reader.OptionalText(),
                reader.Flag(), reader.OptionalTime()),
            EndSeq = reader.Long(),
            Result = reader.OptionalText(),
            ResultFrom = reader.OptionalText(),
            Holders = reader.Int(),
            Error = reader.OptionalText(),
            Out = ReadEdges(ref reader),
            Compensate = reader.OptionalText(),
        };
    }

    private static void Write(StateWriter writer, AttemptState work)
    {
        writer.Text(work.Input);
        writer.Text(work.Auth);
        writer.OptionalLong(work.QueueMs);
        writer.OptionalLong(work.AttemptMs);
        writer.Long(work.HeartbeatMs);
        writer.OptionalLong(work.TotalMs);
        writer.Time(work.QueuedAt);
        writer.Time(work.EmittedAt);
        writer.OptionalTime(work.BackoffUntil);
        writer.OptionalTime(work.BeganAt);
        writer.OptionalTime(work.BeatAt);
        writer.Text(work.WorkerId);
        writer.Text(work.Details);
    }

    private static void Write(StateWriter writer, LoopState loop)
    {
        writer.Long(loop.Count);
        writer.Long(loop.Begun);
        writer.Long(loop.Live);
        writer.Long(loop.Completed);
        writer.Long(loop.Failed);
        writer.OptionalTime(loop.DueAt);
    }

    private static void Write(StateWriter writer, WaitState wait)
    {
        writer.Text(wait.Signal);
        writer.Texts(wait.Who);
        writer.Text(wait.Child);
        writer.Flag(wait.AwaitCancel);
        writer.OptionalTime(wait.DueAt);
    }

    private static AttemptState ReadWork(ref StateReader reader) => new()
    {
        Input = reader.Text(),
        Auth = reader.OptionalText(),
        QueueMs = reader.OptionalLong(),
        AttemptMs = reader.OptionalLong(),
        HeartbeatMs = reader.Long(),
        TotalMs = reader.OptionalLong(),
        QueuedAt = reader.Time(),
        EmittedAt = reader.Time(),
        BackoffUntil = reader.OptionalTime(),
        BeganAt = reader.OptionalTime(),
        BeatAt = reader.OptionalTime(),
        WorkerId = reader.OptionalText(),
        Details = reader.OptionalText(),
    };

    private static ImmutableArray<EdgeOutcome> ReadEdges(ref StateReader reader)
    {
        var edges = ImmutableArray.CreateBuilder<EdgeOutcome>();
        for (var count = reader.Long(); count > 0; count--)
            edges.Add(new(reader.Int(), (EdgeState)reader.Byte(), reader.Text(), reader.OptionalText()));
        return edges.ToImmutable();
    }
}
