using System.Globalization;
using KafkaFlow.Registry.Http;

namespace KafkaFlow.Registry.Subjects;

/// <summary>A version as a path names it: a number from 1, <c>latest</c> or <c>-1</c>.</summary>
internal static class VersionName
{
    public const int Latest = -1;

    public static bool TryRead(string text, out int number, out Answer? refusal)
    {
        refusal = null;
        number = Latest;
        if (text == "latest" || text == "-1") return true;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1) return true;
        refusal = Answer.InvalidVersion(text);
        return false;
    }

    public static SchemaVersion? Find(IReadOnlyList<SchemaVersion> versions, int number) =>
        number == Latest ? versions is [.., var last] ? last : null : versions.FirstOrDefault(v => v.Number == number);
}
