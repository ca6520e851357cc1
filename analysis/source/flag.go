package source

import "custos.example/analysis/event"

// flagSet is a set of flags; the bits stand in the order of the flags' names.
type flagSet uint64

const (
	flagAzimuthShape = iota
	flagBearerCode
	flagCellRounded
	flagCellShape
	flagControlText
	flagDialledShape
	flagDialPrefix
	flagDurationUnused
	flagEndBeforeStart
	flagEndDiffers
	flagEndShape
	flagEndUncertain
	flagFoldUnknown
	flagFormulaText
	flagForwardShape
	flagIMEISVZero
	flagIMEICheck
	flagIMEIRounded
	flagIMEIShape
	flagIMSIRounded
	flagIMSIShape
	flagUnrecognised
	flagOffsetDiffers
	flagOutcomeCode
	flagPositionShape
	flagPositionSquare
	flagRepairedZero
	flagSiteConflict
	flagSiteNotFound
	flagSubjectAsserted
	flagSubjectNotParty
	flagTrunkZero
	flagVolumeShape
	flagCount
)

func flagName(bit int) string {
	return [flagCount]string{
		event.AzimuthShape, event.BearerCode, event.CellRounded, event.CellShape, event.ControlText, event.DialledShape, event.DialPrefix,
		event.DurationUnused, event.EndBeforeStart, event.EndDiffers, event.EndShape, event.EndUncertain,
		event.FoldUnknown, event.FormulaText, event.ForwardShape, event.IMEISVZero, event.IMEICheck, event.IMEIRounded,
		event.IMEIShape, event.IMSIRounded, event.IMSIShape, event.Unrecognised, event.OffsetDiffers, event.OutcomeCode,
		event.PositionShape, event.PositionSquare, event.RepairedZero, event.SiteConflict, event.SiteNotFound, event.SubjectAsserted,
		event.SubjectNotParty, event.TrunkZero, event.VolumeShape,
	}[bit]
}

func (s *flagSet) set(bit int) { *s |= 1 << bit }

func (s flagSet) append(dst []byte) []byte {
	if s == 0 {
		return dst
	}
	for bit := range flagCount {
		if s&(1<<bit) == 0 {
			continue
		}
		if len(dst) > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, flagName(bit)...)
	}
	return dst
}
