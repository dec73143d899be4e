using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Serdes.Registry;

/// <summary>The attempts of one call: waits before the next one, or ends it with the reason.</summary>
internal sealed class RegistryRetry(RegistrySettings settings, ILogger logger)
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private int _attempt;

    public void AfterStatus(HttpStatusCode status, Func<SchemaRegistryException> refusal)
    {
        if (status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new SchemaUnavailableException(
                $"schema registry at {settings.Address} refused access (HTTP {(int)status}). "
                + "Check KAFKAFLOW_REGISTRY_AUTH.");
        }
        if (status == HttpStatusCode.TooManyRequests || (int)status >= 500)
            WaitOrEnd($"HTTP {(int)status} {status}", null);
        else
            throw refusal();
    }

    public void AfterFailure(Exception e)
    {
        var reason = e is TaskCanceledException
            ? $"no answer within {settings.RequestTimeout.TotalSeconds:0.#} s"
            : (e.InnerException ?? e).Message;
        WaitOrEnd(reason, e);
    }

    private void WaitOrEnd(string reason, Exception? cause)
    {
        if (++_attempt >= settings.MaxAttempts)
        {
            var seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
            throw new SchemaUnavailableException(
                string.Create(CultureInfo.InvariantCulture,
                $"schema registry at {settings.Address} does not answer ({reason}); tried {_attempt} times in "
                + $"{seconds:0.0} s. Check that it runs, and --registry."), cause);
        }
        var delay = settings.FirstDelay * Math.Pow(2, _attempt - 1) * (0.5 + Random.Shared.NextDouble());
        Log.RegistryRetry(
            logger, settings.Address, reason, _attempt, settings.MaxAttempts, (int)delay.TotalMilliseconds);
        using var pause = new ManualResetEvent(false);
        pause.WaitOne(delay);
    }
}
