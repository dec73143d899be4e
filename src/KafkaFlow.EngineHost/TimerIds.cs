using System.Text;

namespace KafkaFlow.EngineHost;

/// <summary>A timer of the runtime: execution id, zero byte, the engine's timer id.</summary>
internal static class TimerIds
{
    public static byte[] Of(string execution, string timerId) => Encoding.UTF8.GetBytes($"{execution}\0{timerId}");

    public static (string Execution, string TimerId) Read(ReadOnlySpan<byte> bytes)
    {
        var zero = bytes.IndexOf((byte)0);
        return (Encoding.UTF8.GetString(bytes[..zero]), Encoding.UTF8.GetString(bytes[(zero + 1)..]));
    }
}
