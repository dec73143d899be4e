using System.Globalization;
using KafkaFlow.Broker.Storage;

namespace KafkaFlow.Broker.Logs;

/// <summary>
/// How a cleaned segment takes the place of those it was made from: the draft <c>BASE.log.cleaned</c> is renamed to
/// <c>BASE-NEXT.swap</c> (from here on it counts), the old files of that range are deleted, and it gets its name. A
/// start
/// finds either no swap, or one to finish.
/// </summary>
internal static class CleanedFiles
{
    public static string DraftOf(string directory, long baseOffset) => $"{directory}/{baseOffset:D20}.log.cleaned";

    /// <param name="nextOffset">First offset that the cleaned segment does not stand for.</param>
    public static string Ready(string directory, long baseOffset, long nextOffset, IBrokerFiles files)
    {
        var name = $"{baseOffset:D20}-{nextOffset:D20}.swap";
        files.Rename(DraftOf(directory, baseOffset), $"{directory}/{name}");
        return name;
    }

    public static void Finish(string directory, string swapName, IBrokerFiles files)
    {
        var range = swapName[..^".swap".Length].Split('-');
        var (from, to) = (long.Parse(range[0], CultureInfo.InvariantCulture),
            long.Parse(range[1], CultureInfo.InvariantCulture));
        foreach (var name in files.List(directory))
        {
            var isOld = (name.EndsWith(".log", StringComparison.Ordinal) ||
                name.EndsWith(".seal", StringComparison.Ordinal)) &&
                long.Parse(name.Split('.')[0], CultureInfo.InvariantCulture) is var offset && offset >= from &&
                    offset < to;
            if (isOld) files.Delete($"{directory}/{name}");
        }
        files.Rename($"{directory}/{swapName}", $"{Segment.PathOf(directory, from)}.log");
    }
}
