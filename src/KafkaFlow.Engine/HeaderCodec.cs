using System.Text;
using System.Text.Json;

namespace KafkaFlow.Engine;

/// <summary>The values under <c>h</c> and <c>w</c>.</summary>
internal static class HeaderCodec
{
    private const byte Layout = 2;

    public static byte[] Write(ExecutionState state)
    {
        var writer = new StateWriter(Layout);
        writer.Text(state.ExecutionId);
        writer.Text(state.StartHash);
        writer.Byte((byte)state.Status);
        writer.Long(state.LastSeq);
        writer.Time(state.DecisionTime);
        writer.Long(state.Partition);
        writer.OptionalTime(state.DeadlineAt);
        writer.Text(state.Cursor);
        writer.Long(state.FailureSeq);
        writer.Text(state.Failure);
        writer.Text(state.ClosingStatus);
        writer.Long(state.ClosingSeq);
        writer.Text(state.ClosingError);
        writer.Text(state.ParkedReason);
        writer.Long(state.Activated);
        writer.Long(state.HistoryBytes);
        writer.Flag(state.IsForced);
        writer.Text(state.Compensating);
        writer.Flag(state.FinallyBegun);
        return writer.ToArray();
    }

    public static ExecutionState ReadState(ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, Layout, "an execution's header");
        return new()
        {
            ExecutionId = reader.Text(),
            StartHash = reader.Text(),
            Status = (ExecutionStatus)reader.Byte(),
            LastSeq = reader.Long(),
            DecisionTime = reader.Time(),
            Partition = reader.Int(),
            DeadlineAt = reader.OptionalTime(),
            Cursor = reader.OptionalText(),
            FailureSeq = reader.Long(),
            Failure = reader.OptionalText(),
            ClosingStatus = reader.OptionalText(),
            ClosingSeq = reader.Long(),
            ClosingError = reader.OptionalText(),
            ParkedReason = reader.OptionalText(),
            Activated = reader.Int(),
            HistoryBytes = reader.Long(),
            IsForced = reader.Flag(),
            Compensating = reader.OptionalText(),
            FinallyBegun = reader.Flag(),
        };
    }

    public static byte[] Write(StartInfo start)
    {
        var writer = new StateWriter(Layout);
        writer.Text(start.PlaybookPath);
        writer.Long(start.PlaybookVersion);
        writer.Text(start.ContentHash);
        writer.Text(start.Workload);
        writer.Text(JsonText.Write(start.Settings, SettingsJson.Write));
        writer.Time(start.StartedAt);
        writer.Text(start.ParentExecutionId);
        writer.Text(start.Parent);
        writer.Text(start.Traceparent);
        return writer.ToArray();
    }

    public static StartInfo ReadStart(ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, Layout, "an execution's start");
        return new()
        {
            PlaybookPath = reader.Text(),
            PlaybookVersion = reader.Int(),
            ContentHash = reader.Text(),
            Workload = reader.Text(),
            Settings = Settings(reader.Text()),
            StartedAt = reader.Time(),
            ParentExecutionId = reader.OptionalText(),
            Parent = reader.OptionalText(),
            Traceparent = reader.OptionalText(),
        };
    }

    private static EngineSettings Settings(string json)
    {
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(json));
        return SettingsJson.Read(document.RootElement);
    }
}
